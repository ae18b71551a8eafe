using System.Runtime.InteropServices;
using FloydSharp.IO.Safetensors;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

/// <summary>A float32 tensor of a golden file as an array: this project has no libtorch.</summary>
internal static class PlainTensor
{
    public static (int[] Shape, float[] Values) Read(string path, string name)
    {
        using var file = SafetensorsFile.Open(path);
        var entry = file.Header[name];
        Assert.Equal(SafetensorsDType.F32, entry.DType);
        var values = new float[entry.ElementCount];
        file.Read(entry, MemoryMarshal.AsBytes(values.AsSpan()));
        return ([.. entry.Shape.Select(d => (int)d)], values);
    }
}
