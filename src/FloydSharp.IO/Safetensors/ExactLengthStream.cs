namespace FloydSharp.IO.Safetensors;

/// <summary>Lets a tensor source write its bytes and not one more, and none after its turn.</summary>
internal sealed class ExactLengthStream(Stream target, string path, SafetensorsTensorSource source) : Stream
{
    private long _left = source.Length;
    private bool _closed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_closed;

    public override long Length => source.Length;

    public override long Position
    {
        get => source.Length - _left;
        set => throw new NotSupportedException();
    }

    /// <summary>Ends the source's turn.</summary>
    public void Finish()
    {
        _closed = true;
        if (_left != 0)
            throw Wrong($"only {source.Length - _left}");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (buffer.Length > _left)
            throw Wrong("more");
        target.Write(buffer);
        _left -= buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private SafetensorsException Wrong(string got) =>
        new(path, $"the source of tensor '{PrintableText.Of(source.Name)}' wrote {got} bytes where {source.Length} are expected; nothing was saved.");
}
