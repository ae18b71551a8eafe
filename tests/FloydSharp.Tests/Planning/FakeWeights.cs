using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using FloydSharp.Nn;
using FloydSharp.Testing;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Planning;

/// <summary>Checkpoints of real sizes that take no disk: a header, and a file of the length that it promises, all holes.</summary>
internal static class FakeWeights
{
    /// <summary>Writes a model's weights.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">Gives names and shapes.</param>
    /// <param name="dtype">The dtype asked for; weights that stay float32 do so.</param>
    /// <param name="variant">Of the file's name; empty for none.</param>
    /// <param name="quantized">Whether a weight has 8 bits, with scales.</param>
    public static void Write(TemporaryFolder folder, Layer model, ScalarType dtype, string variant = "", Func<string, bool>? quantized = null)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach (var (name, weight) in model.NamedWeights())
        {
            var own = (model as ICheckpointModel)?.DTypeOf(name, dtype) ?? dtype;
            if (quantized?.Invoke(name) == true)
            {
                Add(name, "I8", 1, weight.Shape);
                Add(name.Replace(".weight", ".SCB", StringComparison.Ordinal), "F32", 4, [weight.Shape[0]]);
            }
            else
            {
                Add(name, own == ScalarType.Float32 ? "F32" : "F16", own == ScalarType.Float32 ? 4 : 2, weight.Shape);
            }
        }

        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var start = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(start, text.Length);
        text.CopyTo(start, 8);
        using var file = File.Create(folder.File(variant.Length > 0 ? $"model.{variant}.safetensors" : "model.safetensors"));
        file.Write(start);
        file.SetLength(start.Length + offset);

        void Add(string name, string type, int size, IReadOnlyList<long> shape)
        {
            var bytes = shape.Aggregate((long)size, (a, b) => a * b);
            header[name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = new JsonArray([.. shape.Select(s => (JsonNode)s)]),
                ["data_offsets"] = new JsonArray(offset, offset += bytes),
            };
        }
    }
}
