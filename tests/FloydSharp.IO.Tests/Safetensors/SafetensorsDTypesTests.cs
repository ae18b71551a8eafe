using FloydSharp.IO.Safetensors;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class SafetensorsDTypesTests
{
    [Theory]
    [InlineData("BOOL", 8)]
    [InlineData("F4", 4)]
    [InlineData("F6_E2M3", 6)]
    [InlineData("F6_E3M2", 6)]
    [InlineData("U8", 8)]
    [InlineData("I8", 8)]
    [InlineData("F8_E4M3", 8)]
    [InlineData("F8_E5M2", 8)]
    [InlineData("F8_E8M0", 8)]
    [InlineData("F8_E4M3FNUZ", 8)]
    [InlineData("F8_E5M2FNUZ", 8)]
    [InlineData("I16", 16)]
    [InlineData("U16", 16)]
    [InlineData("F16", 16)]
    [InlineData("BF16", 16)]
    [InlineData("I32", 32)]
    [InlineData("U32", 32)]
    [InlineData("F32", 32)]
    [InlineData("C64", 64)]
    [InlineData("I64", 64)]
    [InlineData("U64", 64)]
    [InlineData("F64", 64)]
    public void Parse_KnownName_HasBitsAndNameBack(string name, int bits)
    {
        var dtype = SafetensorsDTypes.Parse(name);

        Assert.Equal((bits, name), (dtype.Bits(), dtype.Name()));
    }

    [Theory]
    [InlineData("f32")]
    [InlineData("float32")]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("F32,F16")]
    public void Parse_UnknownName_SaysWhatIsKnown(string name) =>
        Assert.Contains("BF16", Assert.Throws<FloydException>(() => SafetensorsDTypes.Parse(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bits_NotAMember_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => ((SafetensorsDType)99).Bits());
}
