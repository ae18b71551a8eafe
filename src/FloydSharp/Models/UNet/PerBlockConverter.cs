using System.Text.Json;
using System.Text.Json.Serialization;

namespace FloydSharp.Models.UNet;

/// <summary>Reads and writes a scalar or a list of scalars.</summary>
internal abstract class PerBlockConverter<T> : JsonConverter<PerBlock<T>>
    where T : struct
{
    public override PerBlock<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return new PerBlock<T>(ReadOne(ref reader));
        var values = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            values.Add(ReadOne(ref reader));
        return new PerBlock<T>(values);
    }

    public override void Write(Utf8JsonWriter writer, PerBlock<T> value, JsonSerializerOptions options)
    {
        if (!value.IsList)
        {
            WriteOne(writer, value[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (var one in value.Values)
            WriteOne(writer, one);
        writer.WriteEndArray();
    }

    protected abstract T ReadOne(ref Utf8JsonReader reader);

    protected abstract void WriteOne(Utf8JsonWriter writer, T value);
}

/// <summary>Whole numbers.</summary>
internal sealed class PerBlockInt32Converter : PerBlockConverter<int>
{
    protected override int ReadOne(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new JsonException();

    protected override void WriteOne(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);
}

/// <summary>True or false.</summary>
internal sealed class PerBlockBooleanConverter : PerBlockConverter<bool>
{
    protected override bool ReadOne(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new JsonException(),
    };

    protected override void WriteOne(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);
}
