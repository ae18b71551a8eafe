using System.Buffers.Binary;
using System.Text;
using FloydSharp.IO.Safetensors;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

/// <summary>Every kind of wrong or hostile file, each with a part of the message that names the rule it breaks.</summary>
public sealed class SafetensorsHeaderRejectionTests
{
    private const string Good = "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}";

    private static readonly Dictionary<string, (byte[] File, string Rule)> Cases = Build();

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_WrongFile_NamesFileAndRule(string name)
    {
        var (file, rule) = Cases[name];

        var error = Assert.Throws<SafetensorsException>(() => RawFile.Parse(file));

        Assert.StartsWith(RawFile.Name + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Parse_SameFileUnbroken_IsAccepted() => Assert.Single(RawFile.Parse(RawFile.Of(Good, 4)).Entries);

    private static Dictionary<string, (byte[] File, string Rule)> Build()
    {
        Dictionary<string, (byte[], string)> cases = [];
        void File(string name, byte[] file, string rule) => cases.Add(name, (file, rule));
        void Json(string name, string json, int data, string rule) => File(name, RawFile.Of(json, data), rule);
        void Raw(string name, byte[] json, string rule) => File(name, RawFile.Of(json), rule);
        void Entry(string name, string dtype, string shape, string offsets, int data, string rule) =>
            Json(name, "{" + RawFile.Entry("a", dtype, shape, offsets) + "}", data, rule);
        void Fields(string name, string value, string rule) => Json(name, "{\"a\":" + value + "}", 4, rule);
        static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

        for (var length = 0; length < 8; length++)
            File($"file of {length} bytes", new byte[length], "too few");
        File("empty header, nothing else", new byte[8], "header is empty");
        File("empty header, then data", new byte[16], "header is empty");

        var good = Utf8(Good);
        foreach (var length in new[] { ulong.MaxValue, 1UL << 63, (1UL << 63) - 1, ulong.MaxValue - 7, 100_000_001UL })
            File($"header length {length}", RawFile.WithLength(length, good, 4), "at most 100000000");
        File("header length 7 below the file's", RawFile.WithLength((ulong)(8 + good.Length + 4 - 7), good, 4), "exceeds the file");
        File("header length 100,000,000 in a small file", RawFile.WithLength(100_000_000, good, 4), "exceeds the file");
        var bigEndian = RawFile.Of(Good, 4);
        BinaryPrimitives.WriteUInt64BigEndian(bigEndian, (ulong)good.Length);
        File("big-endian length", bigEndian, "at most 100000000");

        Raw("invalid UTF-8 in a name", [.. Utf8("{\"a"), 0xFF, .. Utf8(Good[3..])], "not valid Unicode");
        Raw("overlong UTF-8 in a name", [.. Utf8("{\""), 0xC0, 0x80, .. Utf8(Good[3..])], "not valid Unicode");
        Raw("invalid UTF-8 in a metadata value", [.. Utf8("{\"__metadata__\":{\"k\":\""), 0xFF, .. Utf8("\"}}")], "not valid Unicode");
        Raw("invalid UTF-8 in an unused field", [.. Utf8("{\"a\":{\"x\":[\""), 0xFF, .. Utf8("\"],\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")], "not valid Unicode");
        Raw("invalid UTF-8 between tokens", [.. Utf8("{"), 0xFF, .. Utf8(Good[1..])], "not valid JSON");
        Json("lone high surrogate in a name", Good.Replace("\"a\"", "\"\\ud800\""), 4, "not valid Unicode");
        Json("lone low surrogate in a name", Good.Replace("\"a\"", "\"\\udc00x\""), 4, "not valid Unicode");
        Json("lone surrogate in a long name", Good.Replace("\"a\"", "\"__m\\ud800tadata__\""), 4, "not valid Unicode");
        Json("lone surrogate in an unused field", Good.Replace("{\"dtype\"", "{\"x\":\"\\ud800\",\"dtype\""), 4, "not valid Unicode");
        for (var cut = 1; cut < Good.Length; cut += 7)
            Raw($"JSON cut after {cut} characters", Utf8(Good[..cut]), "not valid JSON");
        Json("text after the closing brace", Good + "x", 4, "not valid JSON");
        Json("second object after the closing brace", Good + "{}", 4, "not valid JSON");
        Json("array at the top", "[1]", 0, "not a JSON object");
        Json("number at the top", "17", 0, "not a JSON object");
        Json("text at the top", "\"a\"", 0, "not a JSON object");
        Json("null at the top", "null", 0, "not a JSON object");
        Json("100,000 nested arrays", new string('[', 100_000), 0, "not a JSON object");
        Json("100,000 nested arrays as a value", "{\"a\":" + new string('[', 100_000), 0, "not described by a JSON object");
        Json("100,000 nested arrays as an unused field", "{\"a\":{\"x\":" + new string('[', 100_000), 0, "not valid JSON");
        Json("NUL padding", Good + "\0\0\0", 4, "not valid JSON");
        Json("NUL before the brace", "\0" + Good, 4, "not valid JSON");
        Json("byte order mark", "\uFEFF" + Good, 4, "not valid JSON");
        Json("comment", "{/**/" + Good[1..], 4, "not valid JSON");
        Json("trailing comma", Good[..^1] + ",}", 4, "not valid JSON");
        Json("white space alone", "        ", 0, "not valid JSON");

        foreach (var value in new[] { "null", "\"text\"", "[]", "3", "true" })
            Fields($"entry {value}", value, "not described by a JSON object");
        Fields("entry without fields", "{}", "has no dtype");
        Fields("entry without dtype", "{\"shape\":[4],\"data_offsets\":[0,4]}", "has no dtype");
        Fields("entry without shape", "{\"dtype\":\"U8\",\"data_offsets\":[0,4]}", "has no shape");
        Fields("entry without data_offsets", "{\"dtype\":\"U8\",\"shape\":[4]}", "has no data_offsets");
        Fields("dtype null", "{\"dtype\":null,\"shape\":[4],\"data_offsets\":[0,4]}", "dtype that is not a text");
        Fields("dtype number", "{\"dtype\":1,\"shape\":[4],\"data_offsets\":[0,4]}", "dtype that is not a text");
        Entry("shape null", "U8", "null", "[0,4]", 4, "shape that is not an array");
        Entry("data_offsets null", "U8", "[4]", "null", 4, "data_offsets that is not an array");
        foreach (var dtype in new[] { "f32", "float32", "", "F8", "U8 ", "12" })
            Entry($"dtype '{dtype}'", dtype, "[4]", "[0,4]", 4, $"unknown dtype '{dtype}'");
        Entry("shape as a number", "U8", "4", "[0,4]", 4, "shape that is not an array");
        Entry("shape as an object", "U8", "{}", "[0,4]", 4, "shape that is not an array");
        foreach (var number in new[] { "-1", "1.5", "\"3\"", "9223372036854775808", "18446744073709551616", "1e3", "1.0", "-0", "null", "[4]", "99999999999999999999999999" })
        {
            Entry($"dimension {number}", "U8", $"[{number}]", "[0,4]", 4, "shape with something else than integers");
            Entry($"end {number}", "U8", "[4]", $"[0,{number}]", 4, "data_offsets with something else than integers");
        }

        Entry("leading zero", "U8", "[04]", "[0,4]", 4, "not valid JSON");
        Entry("nine dimensions", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]", 1, "more than 8 numbers");
        Entry("no offsets", "U8", "[4]", "[]", 4, "other than two integers");
        Entry("one offset", "U8", "[4]", "[0]", 4, "other than two integers");
        Entry("three offsets", "U8", "[4]", "[0,4,4]", 4, "more than 2 numbers");
        Entry("reversed offsets", "U8", "[4]", "[4,0]", 4, "wrong order");
        Entry("negative begin", "U8", "[4]", "[-1,3]", 4, "integers from 0");
        Entry("offsets beyond the file", "U8", "[5]", "[0,5]", 4, "ends at byte 5");
        Entry("huge end", "U8", "[4]", "[0,9223372036854775807]", 4, "ends at byte");

        Entry("dimension product 2 x (2^64-2)", "U8", "[2,18446744073709551614]", "[0,4]", 4, "integers from 0");
        Entry("dimension product 2 x (2^63-1)", "U8", "[2,9223372036854775807]", "[0,4]", 4, "overflows");
        Entry("product in bits overflows", "F32", "[9223372036854775807]", "[0,4]", 4, "overflows");
        Entry("product in bits overflows by a little", "U8", "[1152921504606846976]", "[0,4]", 4, "overflows");
        Entry("product wraps to zero", "U8", "[4294967296,4294967296]", "[0,0]", 0, "overflows");
        Entry("zero beside 2^63", "U8", "[0,9223372036854775808]", "[0,0]", 0, "integers from 0");
        Entry("zero after an overflow", "U8", "[9223372036854775807,2,0]", "[0,0]", 0, "overflows");
        Entry("size smaller than the range", "U8", "[3]", "[0,4]", 4, "takes 4 bytes");
        Entry("size larger than the range", "F32", "[4]", "[0,4]", 4, "needs 16");
        Entry("F4 with 3 elements", "F4", "[3]", "[0,2]", 2, "whole bytes");
        Entry("F6 with 3 elements", "F6_E2M3", "[3]", "[0,3]", 3, "whole bytes");

        void Two(string name, string first, string second, int data, string rule) =>
            Json(name, "{" + RawFile.Entry("a", "U8", first[..3], first[4..]) + "," + RawFile.Entry("b", "U8", second[..3], second[4..]) + "}", data, rule);
        Two("overlap by one byte", "[4] [0,4]", "[4] [3,7]", 7, "'b' overlaps 'a'");
        Two("identical ranges", "[4] [0,4]", "[4] [0,4]", 4, "'b' overlaps 'a'");
        Two("contained range", "[4] [0,4]", "[2] [1,3]", 4, "'b' overlaps 'a'");
        Two("empty tensor inside another", "[4] [0,4]", "[0] [2,2]", 4, "'b' overlaps 'a'");
        Two("hole at the start", "[3] [1,4]", "[4] [4,8]", 8, "hole of 1 bytes before");
        Two("hole between", "[4] [0,4]", "[4] [5,9]", 9, "hole of 1 bytes before");
        Two("hole at the end", "[4] [0,4]", "[4] [4,8]", 9, "1 bytes after the last tensor");
        Json("no tensors, one byte of data", "{}", 1, "1 bytes after the last tensor");
        Json("file one byte short", Good, 3, "ends at byte 4");
        Json("data missing", Good, 0, "ends at byte 4");
        Entry("offsets counted from the start of the file", "U8", "[4]", "[66,70]", 4, "ends at byte 70");

        string Twin(string a, string b, string dtype, string shape) =>
            "{" + RawFile.Entry(a, "U8", "[4]", "[0,4]") + "," + RawFile.Entry(b, dtype, shape, "[0,4]") + "}";
        Json("duplicate name", Twin("a", "a", "U8", "[4]"), 4, "appears twice");
        Json("duplicate name, other shape", Twin("a", "a", "U8", "[2,2]"), 4, "appears twice");
        Json("duplicate name, other dtype", Twin("a", "a", "F32", "[1]"), 4, "appears twice");
        Json("names equal after unescaping", Twin("a", "\\u0061", "U8", "[4]"), 4, "appears twice");
        Fields("dtype twice", "{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}", "'dtype' twice");
        Fields("dtype twice after unescaping", "{\"dtype\":\"U8\",\"\\u0064type\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}", "'dtype' twice");
        Fields("shape twice", "{\"dtype\":\"U8\",\"shape\":[4],\"shape\":[4],\"data_offsets\":[0,4]}", "'shape' twice");
        Fields("data_offsets twice", "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"data_offsets\":[0,4]}", "'data_offsets' twice");
        Fields("unused field twice", "{\"dtype\":\"U8\",\"x\":1,\"x\":1,\"shape\":[4],\"data_offsets\":[0,4]}", "'x' twice");

        foreach (var metadata in new[] { "[]", "3", "\"text\"", "null" })
            Json($"metadata {metadata}", "{\"__metadata__\":" + metadata + "}", 0, "must be an object of texts");
        foreach (var value in new[] { "3", "{}", "[]", "null", "true" })
            Json($"metadata value {value}", "{\"__metadata__\":{\"k\":" + value + "}}", 0, "not a text");
        Json("metadata key twice", "{\"__metadata__\":{\"k\":\"1\",\"\\u006b\":\"2\"}}", 0, "'k' twice");
        Json("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "'__metadata__' appears twice");
        Json("metadata twice after unescaping", "{\"__metadata__\":{},\"\\u005f_metadata__\":{}}", 0, "'__metadata__' appears twice");
        Json("tensor named __metadata__", "{" + RawFile.Entry("__metadata__", "U8", "[4]", "[0,4]") + "}", 4, "not a text");

        Json("empty name", "{" + RawFile.Entry("", "U8", "[4]", "[0,4]") + "}", 4, "empty name");
        Json("name of 1025 bytes", "{" + RawFile.Entry(new string('n', 1025), "U8", "[4]", "[0,4]") + "}", 4, "more than 1024 bytes");
        Json("name of 342 three-byte characters, escaped", "{" + RawFile.Entry(string.Concat(Enumerable.Repeat("\\u20ac", 342)), "U8", "[4]", "[0,4]") + "}", 4, "more than 1024 bytes");
        Json("name of a megabyte", "{" + RawFile.Entry(new string('n', 1 << 20), "U8", "[4]", "[0,4]") + "}", 4, "more than 1024 bytes");
        Json("line break in the name of a faulty tensor", "{" + RawFile.Entry("a\\nb\\u001b", "U8", "[3]", "[0,4]") + "}", 4, "'a\\u{A}b\\u{1B}'");

        File("git-lfs pointer", Utf8("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n"), "git lfs pull");
        File("HTML page", Utf8("<!DOCTYPE html><html><body>404</body></html>"), "HTML");
        File("HTML page after white space", Utf8("\n\n  <html>404</html>"), "HTML");
        File("JSON error", Utf8("{\"error\":\"Access to model is restricted\"}"), "JSON text");
        File("short JSON", Utf8("{}"), "JSON text");
        File("zip archive", [.. "PK\x03\x04"u8, 0, 0, 8, 8, .. new byte[40]], "zip archive");
        File("pickle", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, .. new byte[40]], "pickle");
        File("GGUF", [.. "GGUF"u8, 3, 0, 0, 0, .. new byte[40]], "GGUF");
        return cases;
    }
}
