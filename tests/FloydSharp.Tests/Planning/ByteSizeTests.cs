using FloydSharp.IO;
using FloydSharp.Planning;
using Xunit;

namespace FloydSharp.Tests.Planning;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("13GiB", 13L << 30)]
    [InlineData("15 GB", 15_000_000_000)]
    [InlineData("800M", 800L << 20)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("4096", 4096)]
    [InlineData(" 2 tib ", 2L << 40)]
    public void Parse_SizesAsPeopleWriteThem_AreRead(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("-1G")]
    [InlineData("0")]
    [InlineData("13 apples")]
    [InlineData("1e9")]
    [InlineData("99999999T")]
    public void Parse_Others_AreRefusedByName(string text) =>
        Assert.Contains("--ram", Assert.Throws<FloydException>(() => ByteSize.Parse(text, "--ram")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(3_500_000_001)]
    [InlineData(123_456_789)]
    public void FormatUp_Parsed_IsEnough(long bytes) => Assert.InRange(ByteSize.Parse(ByteSize.FormatUp(bytes)), bytes, bytes * 1.02);

    [Fact]
    public void Format_Sizes_ReadWell() =>
        Assert.Equal(["812 MiB", "3.25 GiB", "512 B"], new[] { 812L << 20, 13L << 28, 512L }.Select(ByteSize.Format));
}
