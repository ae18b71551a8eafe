using System.Text.Json;

namespace FloydSharp.IO.Safetensors;

/// <summary>One pass over the header's JSON, then the check that the tensors cover the data section exactly.</summary>
internal sealed class HeaderParser(string path, long dataOffset, long fileLength)
{
    private const int MaxMetadataEntries = 100_000;
    private const int MaxIgnoredFieldsListed = 16;
    private const int MaxExtraFields = 32;

    /// <summary>From this many tensors on, ranges that claim more than the data section end the parsing at once.</summary>
    private const int EarlyCoverageCheck = 10_000;

    private readonly long _dataLength = fileLength - dataOffset;
    private readonly Dictionary<string, SafetensorsEntry> _byName = new(StringComparer.Ordinal);
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly SortedSet<string> _ignoredFields = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _metadata;
    private long _claimed;

    public SafetensorsHeader Parse(ref JsonTokens tokens)
    {
        if (!tokens.Next() || tokens.Type != JsonTokenType.StartObject)
            throw Error("the header is not a JSON object; the file is damaged, download it again.");
        while (tokens.Next() && tokens.Type == JsonTokenType.PropertyName)
        {
            if (tokens.TextIs("__metadata__"u8))
                ReadMetadata(ref tokens);
            else
                ReadEntry(ref tokens);
        }

        // The reader reports anything but white space after the closing brace.
        while (tokens.Next())
        {
        }

        _entries.Sort(static (a, b) => (a.Offset, a.Length).CompareTo((b.Offset, b.Length)) is var order and not 0
            ? order
            : string.CompareOrdinal(a.Name, b.Name));
        CheckCoverage();
        return new SafetensorsHeader(
            _byName, _entries.AsReadOnly(), (_metadata ?? []).AsReadOnly(), [.. _ignoredFields], dataOffset, fileLength);
    }

    private void ReadMetadata(ref JsonTokens tokens)
    {
        if (_metadata is not null)
            throw Error("'__metadata__' appears twice; the file is not trustworthy.");
        _metadata = new(StringComparer.Ordinal);
        tokens.Next();
        if (tokens.Type != JsonTokenType.StartObject)
            throw Error("'__metadata__' must be an object of texts; the file is damaged or was written by a faulty program.");
        while (tokens.Next() && tokens.Type == JsonTokenType.PropertyName)
        {
            var key = tokens.Text();
            tokens.Next();
            if (tokens.Type != JsonTokenType.String)
                throw Error($"'__metadata__' has a value that is not a text under '{PrintableText.Of(key)}'; the file was written by a faulty program.");
            if (!_metadata.TryAdd(key, tokens.Text()))
                throw Error($"'__metadata__' has '{PrintableText.Of(key)}' twice; the file is not trustworthy.");
            if (_metadata.Count > MaxMetadataEntries)
                throw Error($"'__metadata__' has more than {MaxMetadataEntries} texts; the file is not trustworthy.");
        }
    }

    private void ReadEntry(ref JsonTokens tokens)
    {
        var name = tokens.Text(SafetensorsHeader.MaxNameBytes);
        if (name.Length == 0)
            throw Error("a tensor has an empty name; the file was written by a faulty program.");
        if (_entries.Count == SafetensorsHeader.MaxTensors)
            throw Error($"more than {SafetensorsHeader.MaxTensors} tensors; the file is not trustworthy.");
        tokens.Next();
        if (tokens.Type != JsonTokenType.StartObject)
            throw EntryError(name, "is not described by a JSON object");

        SafetensorsDType? dtype = null;
        long[]? shape = null, range = null;
        HashSet<string>? extra = null;
        while (tokens.Next() && tokens.Type == JsonTokenType.PropertyName)
        {
            if (tokens.TextIs("dtype"u8))
                dtype = dtype is null ? ReadDType(ref tokens, name) : throw Twice(name, "dtype");
            else if (tokens.TextIs("shape"u8))
                shape = shape is null ? ReadIntegers(ref tokens, name, "shape", SafetensorsHeader.MaxDimensions) : throw Twice(name, "shape");
            else if (tokens.TextIs("data_offsets"u8))
                range = range is null ? ReadIntegers(ref tokens, name, "data_offsets", 2) : throw Twice(name, "data_offsets");
            else
                SkipExtraField(ref tokens, name, extra ??= new(StringComparer.Ordinal));
        }

        if (range is not null && range.Length != 2)
            throw EntryError(name, "has data_offsets of other than two integers");
        Add(
            name,
            dtype ?? throw EntryError(name, "has no dtype"),
            shape ?? throw EntryError(name, "has no shape"),
            range ?? throw EntryError(name, "has no data_offsets"));
    }

    private SafetensorsDType ReadDType(ref JsonTokens tokens, string name)
    {
        tokens.Next();
        if (tokens.Type != JsonTokenType.String)
            throw EntryError(name, "has a dtype that is not a text");
        var text = tokens.Text(SafetensorsHeader.MaxNameBytes);
        return SafetensorsDTypes.TryParse(text, out var dtype)
            ? dtype
            : throw EntryError(name, $"has the unknown dtype '{PrintableText.Of(text)}'");
    }

    private long[] ReadIntegers(ref JsonTokens tokens, string name, string field, int most)
    {
        tokens.Next();
        if (tokens.Type != JsonTokenType.StartArray)
            throw EntryError(name, $"has a {field} that is not an array");
        Span<long> values = stackalloc long[most];
        var count = 0;
        while (tokens.Next() && tokens.Type != JsonTokenType.EndArray)
        {
            if (count == most)
                throw EntryError(name, $"has a {field} of more than {most} numbers");
            values[count++] = tokens.Integer() ?? throw EntryError(name, $"has a {field} with something else than integers from 0 to 2^63-1");
        }

        return values[..count].ToArray();
    }

    private void SkipExtraField(ref JsonTokens tokens, string name, HashSet<string> extra)
    {
        var field = tokens.Text(SafetensorsHeader.MaxNameBytes);
        if (!extra.Add(field))
            throw Twice(name, field);
        if (extra.Count > MaxExtraFields)
            throw EntryError(name, $"has more than {MaxExtraFields} unknown fields");
        if (_ignoredFields.Count < MaxIgnoredFieldsListed)
            _ignoredFields.Add(field);
        tokens.Next();
        tokens.Skip();
    }

    private void Add(string name, SafetensorsDType dtype, long[] shape, long[] range)
    {
        if (SafetensorsDTypes.SizeOf(dtype, shape) is not { } size)
            throw EntryError(name, $"has a size that overflows or does not fill whole bytes: {dtype.Name()}[{string.Join(", ", shape)}]");
        var (begin, end) = (range[0], range[1]);
        if (begin > end)
            throw EntryError(name, $"has data_offsets in the wrong order: [{begin}, {end}]");
        if (end > _dataLength)
            throw EntryError(name, $"ends at byte {end} of a data section of {_dataLength} bytes; the file is cut short or damaged");
        if (end - begin != size.Bytes)
            throw EntryError(name, $"takes {end - begin} bytes where {dtype.Name()}[{string.Join(", ", shape)}] needs {size.Bytes}");

        var entry = new SafetensorsEntry(name, dtype, Array.AsReadOnly(shape), dataOffset + begin, size.Bytes, size.Elements);
        if (!_byName.TryAdd(name, entry))
            throw EntryError(name, "appears twice");
        _entries.Add(entry);
        _claimed = checked(_claimed + size.Bytes);
        if (_entries.Count >= EarlyCoverageCheck && _claimed > _dataLength)
            throw Error($"tensors overlap: the first {_entries.Count} already claim {_claimed} bytes of a data section of {_dataLength}; the file is not trustworthy.");
    }

    private void CheckCoverage()
    {
        var position = dataOffset;
        SafetensorsEntry? previous = null;
        foreach (var entry in _entries)
        {
            if (entry.Offset < position)
                throw EntryError(entry.Name, $"overlaps '{PrintableText.Of(previous!.Name)}'");
            if (entry.Offset > position)
                throw EntryError(entry.Name, $"leaves a hole of {entry.Offset - position} bytes before it");
            position += entry.Length;
            previous = entry;
        }

        if (position != fileLength)
            throw Error($"{fileLength - position} bytes after the last tensor belong to none; the file is damaged or hides something, download it again.");
    }

    private SafetensorsException Twice(string name, string field) => EntryError(name, $"has '{PrintableText.Of(field)}' twice");

    private SafetensorsException EntryError(string name, string problem) =>
        Error($"tensor '{PrintableText.Of(name)}' {problem}; the file is damaged or was written by a faulty program, get it again from its source.");

    private SafetensorsException Error(string problem) => new(path, problem);
}
