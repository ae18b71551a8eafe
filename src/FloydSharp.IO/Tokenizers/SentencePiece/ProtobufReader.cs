using System.Buffers.Binary;

namespace FloydSharp.IO.Tokenizers.SentencePiece;

/// <summary>Reads the fields of one protobuf message (protobuf.dev, "Encoding"), never past the end of the bytes.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public int Field { get; private set; }

    /// <summary>The value of a field of fixed width or of variable length.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a length-delimited field: text, bytes, or a message; else empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message, or end early.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        var key = Varint();
        Field = key >> 3 <= int.MaxValue ? (int)(key >> 3) : 0;
        Bytes = default;
        Number = 0;
        switch (key & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                var length = Varint();
                Bytes = Take(length <= int.MaxValue ? (int)length : throw Broken());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Broken();
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw Broken();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
        throw Broken();
    }

    private static InvalidDataException Broken() => new("it is cut short or damaged");
}
