using System.Buffers.Binary;
using System.Text;
using FloydSharp.IO.Safetensors;

namespace FloydSharp.IO.Tests.Safetensors;

/// <summary>Safetensors files put together by hand, right or wrong.</summary>
internal static class RawFile
{
    public const string Name = "hand-made.safetensors";

    public static byte[] Of(string json, int dataBytes = 0) => Of(Encoding.UTF8.GetBytes(json), dataBytes);

    public static byte[] Of(byte[] json, int dataBytes = 0) => WithLength((ulong)json.Length, json, dataBytes);

    public static byte[] WithLength(ulong length, byte[] json, int dataBytes = 0)
    {
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        json.CopyTo(file, 8);
        return file;
    }

    public static string Entry(string name, string dtype, string shape, string offsets) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}";

    public static SafetensorsHeader Parse(byte[] file)
    {
        using var stream = new MemoryStream(file, writable: false);
        return SafetensorsHeader.Parse(stream, file.Length, Name);
    }
}
