using FloydSharp.Cli.Output;

namespace FloydSharp.Cli.Tests.Output;

public class UnitsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(1_234_000, "1.2 MB")]
    [InlineData(123_400_000, "123 MB")]
    [InlineData(999_600_000, "1 GB")]
    [InlineData(8_900_000_000, "8.9 GB")]
    public void Bytes_AValue_HasTwoOrThreeDigits(double value, string expected) => Assert.Equal(expected, Units.Bytes(value));

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(99.4, "99 s")]
    [InlineData(185, "3 min 05 s")]
    [InlineData(3725, "1 h 02 min")]
    [InlineData(90000, "25 h 00 min")]
    public void Duration_ATime_IsShort(double seconds, string expected) => Assert.Equal(expected, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("a cat", "a cat")]
    [InlineData("a\u001b[2Jb", "a\\u001b[2Jb")]
    [InlineData("a\nb", "a\\u000ab")]
    [InlineData("\u202eabc", "\\u202eabc")]
    [InlineData("日本語 é", "日本語 é")]
    public void Of_AText_CannotSteerATerminal(string text, string expected) => Assert.Equal(expected, Printable.Of(text));
}
