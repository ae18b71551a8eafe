using System.Globalization;
using System.Text;

namespace FloydSharp.IO.Tests.Safetensors;

/// <summary>A huge JSON object made while it is read: entry after entry under names that count up. Takes no memory.</summary>
internal sealed class RepeatingStream(string start, string entry, long entries, string end) : Stream
{
    public const string Mark = "#######";

    private readonly byte[] _entry = Encoding.UTF8.GetBytes(entry);
    private readonly int _mark = entry.IndexOf(Mark, StringComparison.Ordinal);
    private readonly byte[] _start = Encoding.UTF8.GetBytes(start);
    private readonly byte[] _end = Encoding.UTF8.GetBytes(end);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _start.Length + (entries * _entry.Length) + _end.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var part = Part(out var within);
        count = Math.Min(count, part.Length - within);
        part.AsSpan(within, count).CopyTo(buffer.AsSpan(offset));
        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private byte[] Part(out int within)
    {
        within = (int)Math.Min(_position, int.MaxValue);
        if (_position < _start.Length)
            return _start;
        var (number, rest) = Math.DivRem(_position - _start.Length, _entry.Length);
        within = (int)rest;
        if (number >= entries)
        {
            within = (int)(_position - _start.Length - (entries * _entry.Length));
            return _end;
        }

        number.TryFormat(_entry.AsSpan(_mark, Mark.Length), out _, "D7", CultureInfo.InvariantCulture);
        return _entry;
    }
}
