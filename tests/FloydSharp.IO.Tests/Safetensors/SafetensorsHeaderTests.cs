using System.Text;
using FloydSharp.IO.Safetensors;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class SafetensorsHeaderTests
{
    [Fact]
    public void Parse_EmptyObjectWithoutData_HasNoTensors()
    {
        var header = RawFile.Parse(RawFile.Of("{}"));

        Assert.Empty(header.Entries);
        Assert.Empty(header.Metadata);
        Assert.Equal(0, header.DataLength);
    }

    [Theory]
    [InlineData(" \t\r\n{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}  \n\t\r")]
    [InlineData("{ \"a\" : { \"data_offsets\" : [ 0 , 4 ] , \"shape\" : [ 4 ] , \"dtype\" : \"U8\" } }")]
    public void Parse_WhiteSpaceAndOrder_AreFree(string json)
    {
        var entry = Assert.Single(RawFile.Parse(RawFile.Of(json, 4)).Entries);

        Assert.Equal(("a", SafetensorsDType.U8, 8L + json.Length, 4L, 4L), (entry.Name, entry.DType, entry.Offset, entry.Length, entry.ElementCount));
    }

    [Fact]
    public void Parse_MegabyteOfLeadingSpaces_IsAccepted()
    {
        var json = new string(' ', 1 << 20) + "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}";

        Assert.Single(RawFile.Parse(RawFile.Of(json, 4)).Entries);
    }

    [Theory]
    [InlineData("a/b", "a/b")]
    [InlineData("../etc", "../etc")]
    [InlineData("say \\\"x\\\"", "say \"x\"")]
    [InlineData("gewicht.größe.重み", "gewicht.größe.重み")]
    [InlineData("\\ud83d\\ude00", "\U0001F600")]
    [InlineData("a\\nb", "a\nb")]
    public void Parse_UnusualName_IsKept(string inJson, string expected)
    {
        var header = RawFile.Parse(RawFile.Of("{" + RawFile.Entry(inJson, "U8", "[4]", "[0,4]") + "}", 4));

        Assert.True(header.TryGet(expected, out var entry));
        Assert.Equal(expected, entry.Name);
    }

    [Fact]
    public void Parse_LongestName_IsAccepted()
    {
        var name = string.Concat(Enumerable.Repeat("\\u20ac", 341)) + "n";

        Assert.Equal(342, RawFile.Parse(RawFile.Of("{" + RawFile.Entry(name, "U8", "[4]", "[0,4]") + "}", 4)).Entries[0].Name.Length);
    }

    [Fact]
    public void Parse_AnyOrder_IsSortedByData()
    {
        var json = "{" + string.Join(",", RawFile.Entry("c", "F32", "[1]", "[3,7]"), RawFile.Entry("a", "U8", "[3]", "[0,3]"), RawFile.Entry("b", "U8", "[]", "[7,8]")) + "}";

        var header = RawFile.Parse(RawFile.Of(json, 8));

        Assert.Equal(["a", "c", "b"], header.Entries.Select(e => e.Name));
        Assert.Equal([0L, 3L, 7L], header.Entries.Select(e => e.Offset - header.DataOffset));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public void Parse_EmptyTensorsAtAnyPosition_AreAccepted(int at)
    {
        var empty = RawFile.Entry("z1", "F32", "[0,3]", $"[{at},{at}]") + "," + RawFile.Entry("z0", "U8", "[0]", $"[{at},{at}]");
        var json = "{" + string.Join(",", empty, RawFile.Entry("a", "F32", "[1]", "[0,4]"), RawFile.Entry("b", "F32", "[]", "[4,8]")) + "}";

        var header = RawFile.Parse(RawFile.Of(json, 8));

        Assert.Equal(4, header.Entries.Count);
        Assert.Equal((0L, 0L), (header["z1"].Length, header["z1"].ElementCount));
        Assert.Equal((4L, 1L), (header["b"].Length, header["b"].ElementCount));
    }

    [Theory]
    [InlineData("[0,9223372036854775807]")]
    [InlineData("[9223372036854775807,0]")]
    [InlineData("[1,1,1,1,1,1,1,0]")]
    public void Parse_ZeroBesideHugeDimension_IsEmpty(string shape) =>
        Assert.Equal(0, RawFile.Parse(RawFile.Of("{" + RawFile.Entry("a", "F64", shape, "[0,0]") + "}"))["a"].Length);

    [Fact]
    public void Parse_UnknownMetadata_IsKept()
    {
        var header = RawFile.Parse(RawFile.Of("{\"__metadata__\":{\"format\":\"pt\",\"notes\":\"naïve\\n\",\"\":\"\"}}"));

        Assert.Equal(3, header.Metadata.Count);
        Assert.Equal("naïve\n", header.Metadata["notes"]);
    }

    [Fact]
    public void Parse_LongMetadataText_IsKept()
    {
        var text = new string('m', 300_000);

        Assert.Equal(text, RawFile.Parse(RawFile.Of("{\"__metadata__\":{\"k\":\"" + text + "\"}}")).Metadata["k"]);
    }

    [Fact]
    public void Parse_UnusedFieldInEntry_IsIgnoredAndListed()
    {
        const string json = "{\"a\":{\"x\":{\"y\":[\"z\",1.5e3,null]},\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"v\":\"w\"}}";

        var header = RawFile.Parse(RawFile.Of(json, 4));

        Assert.Single(header.Entries);
        Assert.Equal(["v", "x"], header.IgnoredFields);
    }

    [Fact]
    public void Parse_EveryDType_HasItsSize()
    {
        foreach (var dtype in Enum.GetValues<SafetensorsDType>())
        {
            var bytes = 8 * dtype.Bits() / 8;
            var entry = RawFile.Parse(RawFile.Of("{" + RawFile.Entry("a", dtype.Name(), "[2,4]", $"[0,{bytes}]") + "}", bytes))["a"];
            Assert.Equal((dtype, 8L, (long)bytes), (entry.DType, entry.ElementCount, entry.Length));
        }
    }

    [Fact]
    public void Parse_TensorsAcrossReadBuffers_AreAllThere()
    {
        const int count = 20_000;
        var json = new StringBuilder("{");
        for (var i = 0; i < count; i++)
            json.Append(i == 0 ? "" : ",").Append(RawFile.Entry($"layer.{i}.weight", "U8", "[1]", $"[{i},{i + 1}]"));

        var header = RawFile.Parse(RawFile.Of(json.Append('}').ToString(), count));

        Assert.Equal(count, header.Entries.Count);
        Assert.All(header.Entries, (e, i) => Assert.Equal($"layer.{i}.weight", e.Name));
    }

    [Fact]
    public void Parse_StreamShorterThanSaid_IsRefused()
    {
        var file = RawFile.Of("{" + RawFile.Entry("a", "U8", "[4]", "[0,4]") + "}" + new string(' ', 1000), 4);
        using var stream = new MemoryStream(file, 0, 500);

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsHeader.Parse(stream, file.Length, "f"));

        Assert.Contains("became shorter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Indexer_UnknownName_Throws() =>
        Assert.Throws<KeyNotFoundException>(() => RawFile.Parse(RawFile.Of("{}"))["a"]);
}
