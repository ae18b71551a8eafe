using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Eval.Tests.Analysis;

public sealed class JudgeTests
{
    private static readonly SeenScene Seen = new(
        SceneStyle.Flat, Backdrop.Plain, SceneColor.Blue, null, default,
        [
            new(ThingKind.Cat, SceneColor.Red, 0.25f, 0.5f, 0.4f, 0.9f),
            new(ThingKind.House, SceneColor.White, 0.75f, 0.5f, 0.4f, 0.9f),
        ]);

    private static readonly AskedFacts Asked = new()
    {
        Things = [new(ThingKind.Cat, SceneColor.Red), new(ThingKind.House, null)],
        Relation = new(SpatialRelation.LeftOf, 0, 1),
        Backdrop = Backdrop.Plain,
        BackdropColor = SceneColor.Blue,
    };

    [Fact]
    public void Of_WhatIsThere_SaysYesAndNothingOfWhatWasNotAsked() =>
        Assert.Equal(new Answers(true, true, true, true, true, null), Judge.Of(Asked, Seen));

    [Fact]
    public void Of_Falsehoods_SaysNo()
    {
        var lies = Falsehoods.Of(Asked, new Random(1));
        for (var a = 0; a < lies.Length; a++)
            Assert.True(lies[a] is null || Judge.Of(lies[a]!, Seen).Values[a] is false, Answers.Names[a]);
    }

    [Fact]
    public void Of_AMissingThing_FailsItsColorCountAndRelation() =>
        Assert.Equal(new Answers(false, false, false, false, true, null), Judge.Of(Asked, Seen with { Things = [Seen.Things[1]] }));
}
