using System.Buffers.Binary;
using System.Text;

namespace FloydSharp.Training.Tokenizers;

/// <summary>Writes the few protobuf field types that SentencePiece models use.</summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0, Bytes = 2, Fixed32 = 5;
    private readonly List<byte> _bytes = [];

    /// <summary>Writes a number or a truth value.</summary>
    public ProtobufWriter Number(int field, int value)
    {
        Key(field, Varint);
        Raw(value < 0 ? unchecked((ulong)(long)value) : (ulong)value);
        return this;
    }

    /// <summary>Writes a single-precision number.</summary>
    public ProtobufWriter Single(int field, float value)
    {
        Key(field, Fixed32);
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        _bytes.AddRange(four);
        return this;
    }

    /// <summary>Writes a text.</summary>
    public ProtobufWriter Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Writes a message within this one.</summary>
    public ProtobufWriter Message(int field, ProtobufWriter message) => Block(field, message.ToArray());

    /// <summary>All that was written.</summary>
    public byte[] ToArray() => [.. _bytes];

    private ProtobufWriter Block(int field, byte[] value)
    {
        Key(field, Bytes);
        Raw((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    private void Key(int field, int type) => Raw((ulong)((field << 3) | type));

    private void Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
