using System.Diagnostics;
using System.Text;
using CsCheck;
using FloydSharp.IO.Safetensors;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

/// <summary>Hostile headers cost neither time nor memory out of proportion.</summary>
public sealed class SafetensorsHeaderMemoryTests(ITestOutputHelper output)
{
    private const string M = RepeatingStream.Mark;
    private const string OneByte = "\"" + M + "\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},";
    private const string NoByte = "\"" + M + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},";

    [Theory]
    [InlineData("ten million tensors sharing one range", "{", OneByte, 10_000_000, 1, "at most 100000000", 1, 1)]
    [InlineData("as many sharing one range as a header holds", "{", OneByte, 1_700_000, 1, "tensors overlap", 1, 16)]
    [InlineData("as many empty tensors as a header holds", "{", NoByte, 1_700_000, 0, "more than 1000000 tensors", 60, 450)]
    [InlineData("eight million numbers", "{", "\"" + M + "\":1,", 8_000_000, 0, "not described by a JSON object", 1, 1)]
    [InlineData("millions of metadata texts", "{\"__metadata__\":{", "\"" + M + "\":\"\",", 7_000_000, 0, "more than 100000 texts", 2, 64)]
    [InlineData("millions of unused fields", "{\"a\":{", "\"" + M + "\":1,", 8_000_000, 0, "unknown fields", 1, 1)]
    [InlineData("a shape of millions of numbers", "{\"a\":{\"shape\":[", "1" + M + ",", 9_000_000, 0, "more than 8 numbers", 1, 1)]
    public void Parse_MillionsOfEntries_FailsFastInBoundedMemory(
        string what, string start, string entry, long count, int dataBytes, string rule, int readMegabytes, int allocatedMegabytes)
    {
        using var json = new RepeatingStream(start, entry, count, "}");
        var length = BitConverter.GetBytes(json.Length);
        using var file = new PrefixedStream(length, json);
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsHeader.Parse(file, 8 + json.Length + dataBytes, "f"));

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{what}: {json.Length / 1e6:F0} MB of header, read {json.Position / 1e6:F1} MB, allocated {allocated / 1e6:F1} MB, {clock.ElapsedMilliseconds} ms: {error.Message}");
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, allocatedMegabytes * 1_000_000L);
        Assert.InRange(json.Position, 0, readMegabytes * 1_000_000L);
    }

    private static readonly byte[] ValidJson = Encoding.UTF8.GetBytes(
        "{\"__metadata__\":{\"format\":\"pt\"}," + string.Join(",",
            RawFile.Entry("a.weight", "F32", "[2,3]", "[0,24]"),
            RawFile.Entry("b", "I64", "[]", "[24,32]"),
            RawFile.Entry("\\u00e9", "U8", "[0,7]", "[32,32]"),
            RawFile.Entry("c/d", "F4", "[2]", "[32,33]")) + "}   ");

    private static readonly byte[][] Tokens = [.. new[]
    {
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0061", "\\ud800", "null", "true", "-1", "1e9", "0", "\0", " ", "9223372036854775807",
        "18446744073709551615", "\"dtype\"", "\"__metadata__\"", "\"a.weight\"", "F16", "[[[[[[", "/*", "é",
    }.Select(Encoding.UTF8.GetBytes)];

    private static readonly Gen<(int Kind, int At, int Count, byte Byte)> GenChange =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, ValidJson.Length - 1], Gen.Int[0, 60], Gen.Byte);

    [Fact]
    public void Parse_ValidFileForMutation_IsAccepted() => Assert.Equal(4, RawFile.Parse(RawFile.Of(ValidJson, 33)).Entries.Count);

    [Fact]
    public void Parse_RandomMutations_ThrowOnlySafetensorsExceptionInBoundedMemory()
    {
        long accepted = 0, refused = 0;
        Gen.Select(GenChange.Array[1, 3], Gen.Int[0, 40], Gen.Int[0, 9]).Sample(
            (changes, data, length) =>
            {
                var json = changes.Aggregate(ValidJson.ToList(), Change).ToArray();
                var file = RawFile.Of(json, data <= 33 ? 33 : data);
                if (length == 0)
                    file[changes[0].At % 8] = changes[0].Byte;
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    var header = RawFile.Parse(file);
                    Interlocked.Increment(ref accepted);
                    Assert.Equal(header.DataLength, header.Entries.Sum(e => e.Length));
                    Assert.All(header.Entries, e => Assert.InRange(e.Offset + e.Length, 8, file.Length));
                }
                catch (SafetensorsException)
                {
                    Interlocked.Increment(ref refused);
                    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
                }
            },
            iter: 20_000);
        output.WriteLine($"{accepted} accepted, {refused} refused");
        Assert.True(accepted > 100 && refused > 1000);
    }

    private static List<byte> Change(List<byte> json, (int Kind, int At, int Count, byte Byte) change)
    {
        if (json.Count == 0)
            return json;
        var at = change.At % json.Count;
        var count = Math.Min(change.Count, json.Count - at);
        switch (change.Kind)
        {
            case 0:
                json[at] = change.Byte;
                break;
            case 1:
                json.InsertRange(at, Tokens[change.Byte % Tokens.Length]);
                break;
            case 2:
                json.RemoveRange(at, count);
                break;
            case 3:
                json.InsertRange((at + change.Byte) % json.Count, json.GetRange(at, count));
                break;
            default:
                // Digits stay digits: numbers that are wrong rather than no numbers.
                if (json.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9') is >= 0 and var digit)
                    json[digit] = (byte)('0' + (change.Byte % 10));
                break;
        }

        return json;
    }
}
