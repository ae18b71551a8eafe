using System.Runtime.InteropServices;
using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Testing;

/// <summary>All tensors of a safetensors file of reference outputs, on the CPU in the file's dtypes; disposing frees them.</summary>
public sealed class GoldenTensors : IDisposable
{
    private readonly SortedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly string _path;

    private GoldenTensors(string path) => _path = path;

    /// <summary>Names in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>A tensor that stays owned by this object.</summary>
    public Tensor this[string name] => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"{_path} has no tensor '{name}'; it has {string.Join(", ", Names)}.");

    public static GoldenTensors Load(string path)
    {
        var golden = new GoldenTensors(path);
        using var file = SafetensorsFile.Open(path);
        foreach (var entry in file.Header.Entries)
        {
            var bytes = new byte[entry.Length];
            file.Read(entry, bytes);
            golden._tensors.Add(entry.Name, ToTensor(entry, bytes).to(TestDevice.Device).DetachFromDisposeScope());
        }

        return golden;
    }

    public static GoldenTensors Load(GoldenCase golden) => Load(golden.TensorFile);

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    private static Tensor ToTensor(SafetensorsEntry entry, byte[] bytes)
    {
        var dtype = entry.DType switch
        {
            SafetensorsDType.F32 => ScalarType.Float32,
            SafetensorsDType.F64 => ScalarType.Float64,
            SafetensorsDType.F16 => ScalarType.Float16,
            SafetensorsDType.BF16 => ScalarType.BFloat16,
            SafetensorsDType.I64 => ScalarType.Int64,
            SafetensorsDType.I32 => ScalarType.Int32,
            SafetensorsDType.I8 => ScalarType.Int8,
            SafetensorsDType.U8 => ScalarType.Byte,
            SafetensorsDType.BOOL => ScalarType.Bool,
            _ => throw new NotSupportedException($"Golden tensor {entry} has a dtype that tests do not read."),
        };
        var tensor = empty([.. entry.Shape], dtype);
        MemoryMarshal.AsBytes(bytes.AsSpan()).CopyTo(tensor.bytes);
        return tensor;
    }
}
