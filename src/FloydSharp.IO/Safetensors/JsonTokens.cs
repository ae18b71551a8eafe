using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FloydSharp.IO.Safetensors;

/// <summary>
/// Reads JSON from a stream token by token, forward only, in a buffer that grows only for a token that needs it:
/// nothing is built that the caller has not asked for. Every text is checked to be valid Unicode, also skipped ones.
/// </summary>
internal ref struct JsonTokens
{
    private const int InitialBuffer = 64 * 1024;

    private readonly Stream _stream;
    private readonly string _path;
    private long _remaining;
    private byte[] _buffer;
    private int _filled;
    private Utf8JsonReader _reader;

    /// <param name="stream">Read from where it stands.</param>
    /// <param name="length">Bytes that belong to the JSON text; not one more is read.</param>
    /// <param name="path">Named in errors.</param>
    public JsonTokens(Stream stream, long length, string path)
    {
        _stream = stream;
        _path = path;
        _remaining = length;
        _buffer = new byte[Math.Min(length, InitialBuffer)];
        Fill(new JsonReaderState(new JsonReaderOptions { MaxDepth = 4 }));
    }

    public readonly JsonTokenType Type => _reader.TokenType;

    /// <summary>Goes to the next token.</summary>
    /// <returns>False at the end of the text.</returns>
    public bool Next()
    {
        try
        {
            while (!_reader.Read())
            {
                if (_remaining == 0)
                    return false;
                Refill();
            }

            return true;
        }
        catch (JsonException e)
        {
            throw new SafetensorsException(
                _path, $"not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}; the file is damaged, download it again.", e);
        }
    }

    /// <summary>Whether a property name or text, unescaped, equals the given one.</summary>
    public readonly bool TextIs(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return _reader.ValueTextEquals(utf8);
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    /// <summary>The text of a property name or a text value.</summary>
    /// <param name="maxBytes">Limit of its UTF-8 form.</param>
    public readonly string Text(int maxBytes = int.MaxValue / 6)
    {
        // Checked before decoding: an escape sequence is at most six bytes for one.
        if (_reader.ValueSpan.Length <= maxBytes * 6L)
        {
            var text = Decode();
            if (Encoding.UTF8.GetByteCount(text) <= maxBytes)
                return text;
        }

        throw Error($"a text of more than {maxBytes} bytes where at most that many are allowed; the file is not trustworthy.");
    }

    /// <summary>A non-negative integer below 2^63, written in digits alone, or null where the token is anything else.</summary>
    public readonly long? Integer()
    {
        if (_reader.TokenType != JsonTokenType.Number)
            return null;
        long value = 0;
        foreach (var b in _reader.ValueSpan)
        {
            var digit = b - '0';
            if (digit is < 0 or > 9 || value > (long.MaxValue - digit) / 10)
                return null;
            value = (value * 10) + digit;
        }

        return value;
    }

    /// <summary>Passes over the value that begins at this token, leaving its last token current.</summary>
    public void Skip()
    {
        var depth = 0;
        do
        {
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    depth++;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    if (_reader.ValueIsEscaped || !Utf8.IsValid(_reader.ValueSpan))
                        Decode();
                    break;
            }
        }
        while (depth > 0 && Next());
    }

    public readonly SafetensorsException Error(string problem) => new(_path, problem);

    private readonly string Decode()
    {
        try
        {
            return _reader.GetString() ?? "";
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    private readonly SafetensorsException NotUnicode(InvalidOperationException e) => new(
        _path, "a text in the JSON is not valid Unicode (broken UTF-8 or half a surrogate pair); the file is damaged, download it again.", e);

    private void Refill()
    {
        var consumed = (int)_reader.BytesConsumed;
        var left = _filled - consumed;
        var target = _buffer;
        if (left == _buffer.Length)
            target = new byte[Math.Min(2L * left, left + _remaining)];
        _buffer.AsSpan(consumed, left).CopyTo(target);
        _buffer = target;
        _filled = left;
        Fill(_reader.CurrentState);
    }

    private void Fill(JsonReaderState state)
    {
        var count = (int)Math.Min(_remaining, _buffer.Length - _filled);
        try
        {
            _stream.ReadExactly(_buffer, _filled, count);
        }
        catch (EndOfStreamException e)
        {
            throw new SafetensorsException(_path, "the file became shorter while it was being read; wait until it is complete and try again.", e);
        }

        _filled += count;
        _remaining -= count;
        _reader = new Utf8JsonReader(_buffer.AsSpan(0, _filled), isFinalBlock: _remaining == 0, state);
    }
}
