using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>Reads an enum by the names configs use; a number is never taken for a name.</summary>
internal sealed class NamedValueConverter<TEnum>() : JsonStringEnumConverter<TEnum>(namingPolicy: null, allowIntegerValues: false)
    where TEnum : struct, Enum;
