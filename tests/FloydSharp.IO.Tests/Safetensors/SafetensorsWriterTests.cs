using System.Text;
using CsCheck;
using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    private static readonly Gen<string> GenName = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 1, 12],
        Gen.String[Gen.OneOf(Gen.Char["./\\\"_{}[]:,\u0001\n "], Gen.Char['\u00a0', '\u2fff']), 1, 12],
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 3], Gen.Int[0x1F600, 0x1F640], (s, rune) => s + char.ConvertFromUtf32(rune)));

    private static readonly Gen<(SafetensorsDType DType, long[] Shape, byte[] Data)> GenTensor =
        from dtype in Gen.Enum<SafetensorsDType>()
        from shape in Gen.Long[0, 5].Array[0, 4]
        let whole = dtype.Bits() < 8 ? [.. shape, 4] : shape
        let bytes = whole.Aggregate(1L, (a, b) => a * b) * dtype.Bits() / 8
        from data in Gen.Byte.Array[(int)bytes]
        select (dtype, whole, dtype == SafetensorsDType.BOOL ? [.. data.Select(b => (byte)(b & 1))] : data);

    [Fact]
    public void Write_AnyTensors_ReadBackIdentical()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Dictionary(GenName, GenTensor)[0, 8], Gen.Dictionary(GenName, GenName)[0, 3]).Sample(
            (tensors, metadata) =>
            {
                var path = folder.File(Path.GetRandomFileName());
                SafetensorsWriter.Write(path, tensors.Select(t => new SafetensorsTensorSource(t.Key, t.Value.DType, t.Value.Shape, t.Value.Data)), metadata);
                using var file = SafetensorsFile.Open(path);
                Assert.Equal(tensors.Count, file.Header.Entries.Count);
                foreach (var (name, (dtype, shape, data)) in tensors)
                {
                    var entry = file.Header[name];
                    var read = new byte[entry.Length];
                    file.Read(entry, read);
                    Assert.Equal((dtype, data.LongLength), (entry.DType, entry.Length));
                    Assert.Equal(shape, entry.Shape);
                    Assert.Equal(data, read);
                }

                Assert.Equal(metadata.OrderBy(p => p.Key, StringComparer.Ordinal), file.Header.Metadata.OrderBy(p => p.Key, StringComparer.Ordinal));
                AssertReferenceLayout(file.Header);
                File.Delete(path);
            },
            iter: 500);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Write_MixedTensors_HasTheLayoutOfTheReferenceWriter()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.safetensors");

        SafetensorsWriter.Write(
            path,
            [new("b", SafetensorsDType.U8, [3], new byte[] { 1, 2, 3 }), new("c", SafetensorsDType.F16, [], new byte[] { 4, 5 }), new("a", SafetensorsDType.U8, [], new byte[] { 6 })],
            new Dictionary<string, string> { ["format"] = "pt" });

        const string json = "{\"__metadata__\":{\"format\":\"pt\"},\"c\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}," +
            "\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[2,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[3,6]}}";
        var padded = json.PadRight((json.Length + 7) / 8 * 8);
        byte[] expected = [.. BitConverter.GetBytes((ulong)padded.Length), .. Encoding.UTF8.GetBytes(padded), 4, 5, 6, 1, 2, 3];
        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Fact]
    public void Write_Nothing_IsAValidFile()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("m.safetensors"), []);

        using var file = SafetensorsFile.Open(folder.File("m.safetensors"));
        Assert.Empty(file.Header.Entries);
    }

    [Fact]
    public void Write_ManyTensors_StoresEachBeforeTheNextIsAskedFor()
    {
        using var folder = new TemporaryFolder();
        const int size = 1 << 20;
        var turns = 0;
        var sources = Enumerable.Range(0, 32).Select(i => new SafetensorsTensorSource($"t{i:D2}", SafetensorsDType.U8, [size], stream =>
        {
            Assert.Equal(turns++, i);
            var written = new FileInfo(folder.File(Assert.Single(folder.Names))).Length;
            Assert.InRange(written, (i * (long)size) - (1 << 17), (i * (long)size) + (1 << 17));
            stream.Write(new byte[size]);
        }));

        SafetensorsWriter.Write(folder.File("m.safetensors"), sources);

        Assert.Equal(32, turns);
        Assert.Equal(["m.safetensors"], folder.Names);
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("too few")]
    [InlineData("too many")]
    [InlineData("after its turn")]
    public void Write_SourceFails_LeavesNoFile(string how)
    {
        using var folder = new TemporaryFolder();
        Stream? kept = null;
        SafetensorsTensorSource first = new("a", SafetensorsDType.U8, [4], stream =>
        {
            kept = stream;
            stream.Write(new byte[4]);
        });
        SafetensorsTensorSource second = new("b", SafetensorsDType.U8, [4], stream =>
        {
            if (how == "throws")
                throw new InvalidOperationException("no data");
            if (how == "after its turn")
                kept!.Write(new byte[1]);
            stream.Write(new byte[how == "too few" ? 3 : 5]);
        });

        var error = Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(folder.File("m.safetensors"), [first, second]));

        Assert.Equal(how is "too few" or "too many", error is SafetensorsException);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Write_SourceFailsWhileOverwriting_KeepsTheOldFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("m.safetensors", [1, 2, 3]);

        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [new("a", SafetensorsDType.U8, [4], _ => { })], overwrite: true));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["m.safetensors"], folder.Names);
    }

    [Fact]
    public void Write_FileExists_IsRefusedUnlessAsked()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("m.safetensors", [1, 2, 3]);
        SafetensorsTensorSource[] tensors = [new("a", SafetensorsDType.U8, [1], new byte[1])];

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, tensors));
        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));

        SafetensorsWriter.Write(path, tensors, overwrite: true);
        using var file = SafetensorsFile.Open(path);
        Assert.Single(file.Header.Entries);
    }

    [Fact]
    public void Write_FileAppearsMeanwhile_IsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.safetensors");

        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [new("a", SafetensorsDType.U8, [1], stream =>
        {
            File.WriteAllText(path, "other");
            stream.WriteByte(1);
        })]));

        Assert.Equal("other", File.ReadAllText(path));
        Assert.Equal(["m.safetensors"], folder.Names);
    }

    [Fact]
    public void Write_NoSuchFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(Path.Combine(folder.Path, "no", "m.safetensors"), []));

        Assert.Contains("folder exists", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no tensor name")]
    [InlineData("__metadata__", "reserved")]
    [InlineData("twice", "two tensors are named 'twice'")]
    public void Write_WrongName_IsRefused(string name, string rule)
    {
        using var folder = new TemporaryFolder();
        SafetensorsTensorSource[] tensors = [new(name, SafetensorsDType.U8, [1], new byte[1]), new("twice", SafetensorsDType.U8, [1], new byte[1])];

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(folder.File("m.safetensors"), tensors));

        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Write_WhatTheReaderRefuses_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.safetensors");

        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [new("\ud800", SafetensorsDType.U8, [0], Array.Empty<byte>())]));
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [new(new string('n', 1025), SafetensorsDType.U8, [0], Array.Empty<byte>())]));
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [new("a", SafetensorsDType.U8, [0, 1, 1, 1, 1, 1, 1, 1, 1], Array.Empty<byte>())]));
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [], new Dictionary<string, string> { ["k"] = "\udc00" }));
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, [], new Dictionary<string, string> { ["k"] = new('m', 100_000_000) }));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void TensorSource_WrongSize_Throws()
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsTensorSource("a", SafetensorsDType.F32, [2], new byte[7]));
        Assert.Throws<ArgumentException>(() => new SafetensorsTensorSource("a", SafetensorsDType.F32, [-1], Array.Empty<byte>()));
        Assert.Throws<ArgumentException>(() => new SafetensorsTensorSource("a", SafetensorsDType.F4, [3], new byte[2]));
        Assert.Throws<ArgumentException>(() => new SafetensorsTensorSource("a", SafetensorsDType.F32, [long.MaxValue, 2], _ => { }));
    }

    private static void AssertReferenceLayout(SafetensorsHeader header)
    {
        Assert.Equal(0, header.DataOffset % 8);
        Assert.All(header.Entries, e => Assert.Equal(0, e.Offset % Math.Max(1, e.DType.Bits() / 8)));

        // Empty tensors share their place with others, so their order is not to be seen.
        SafetensorsDType[] stored = [.. header.Entries.Where(e => e.Length > 0).Select(e => e.DType)];
        Assert.Equal(stored.OrderDescending(), stored);
    }
}
