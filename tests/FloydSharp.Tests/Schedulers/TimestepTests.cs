using System.Text.Json;
using CsCheck;
using FloydSharp.IO;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Schedulers;

public sealed class TimestepTests
{
    [Fact]
    public void Find_EachPreset_IsTheReferenceList()
    {
        foreach (var folder in GoldenFolder.All)
        {
            var lists = JsonSerializer.Deserialize<Dictionary<string, int[]>>(File.ReadAllText(folder.FileOf("timesteps.json")))!;
            Assert.Equal(lists.Keys.Select(k => k.Replace("_timesteps", "")).Order(), TimestepPresets.Names.Order());
            foreach (var (name, list) in lists)
                Assert.Equal(list, TimestepPresets.Find(name.Replace("_timesteps", "")));
        }
    }

    [Fact]
    public void Find_UnknownName_ListsTheNames() =>
        Assert.Contains("smart100", Assert.Throws<FloydException>(() => TimestepPresets.Find("fast28")).Message);

    [Theory]
    [InlineData("ddim4", 16, new[] { 12, 8, 4, 0 })]
    [InlineData("ddim1", 5, new[] { 0 })]
    [InlineData("5", 5, new[] { 4, 3, 2, 1, 0 })]
    [InlineData("1,3", 10, new[] { 9, 7, 5, 0 })]
    [InlineData("0,2", 10, new[] { 9, 5 })]
    public void Parse_Respacing_TakesTheOriginalsTimesteps(string text, int train, int[] expected) =>
        Assert.Equal(expected, TimestepRespacing.Parse(text, train));

    [Theory]
    [InlineData("")]
    [InlineData("a,b")]
    [InlineData("20,-1")]
    [InlineData("600,1")]
    [InlineData("0")]
    [InlineData("ddim")]
    [InlineData("ddim501")]
    public void Parse_BadRespacing_Throws(string text) =>
        Assert.Throws<FloydException>(() => TimestepRespacing.Parse(text, 1000));

    [Theory]
    [InlineData(TimestepSpacingKind.Linspace, 5, 0, new[] { 999, 749, 500, 250, 0 })]
    [InlineData(TimestepSpacingKind.Linspace, 1, 0, new[] { 0 })]
    [InlineData(TimestepSpacingKind.Leading, 4, 1, new[] { 751, 501, 251, 1 })]
    [InlineData(TimestepSpacingKind.Trailing, 3, 0, new[] { 999, 666, 332 })]
    public void Select_EachSpacing_RoundsAsNumPyDoes(TimestepSpacingKind kind, int count, int offset, int[] expected) =>
        Assert.Equal(expected, TimestepSpacing.Select(kind, 1000, count, offset));

    [Fact]
    public void Select_AnyCount_DescendsInRangeWithThatManySteps() =>
        Gen.Select(Gen.Enum<TimestepSpacingKind>(), Gen.Int[1, 1000], Gen.Int[1, 3000]).Sample((kind, count, more) =>
        {
            var train = Math.Max(count, more);
            var timesteps = TimestepSpacing.Select(kind, train, count);
            Assert.Equal(count, timesteps.Length);
            Assert.Equal(timesteps, timesteps.Distinct().OrderDescending());
            Assert.InRange(timesteps[0], 0, train - 1);
            Assert.InRange(timesteps[^1], 0, train - 1);
        });

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1001, 0)]
    [InlineData(1000, 1)]
    public void Select_ImpossibleCount_Throws(int count, int offset) =>
        Assert.Throws<FloydException>(() => TimestepSpacing.Select(TimestepSpacingKind.Leading, 1000, count, offset));
}
