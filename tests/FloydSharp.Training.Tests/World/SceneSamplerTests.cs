using FloydSharp.IO;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Training.Tests.World;

public sealed class SceneSamplerTests
{
    [Fact]
    public void Sample_SameSeed_GivesSameScene()
    {
        for (var seed = 0; seed < 500; seed++)
            Assert.Equal(SceneSampler.Sample(new Random(seed)).ToJson(), SceneSampler.Sample(new Random(seed)).ToJson());
    }

    [Fact]
    public void Sample_ManySeeds_ShowsEverything()
    {
        var scenes = Enumerable.Range(0, 20_000).Select(seed => SceneSampler.Sample(new Random(seed))).ToArray();
        Assert.InRange(scenes.Count(scene => scene.Sign is not null), 11_500, 12_500);
        Assert.InRange(scenes.Count(scene => scene.Style is SceneStyle.Flat), 7_800, 9_200);
        Assert.Equal(Enum.GetValues<ThingKind>().Length, scenes.SelectMany(scene => scene.Groups).Select(group => group.Kind).Distinct().Count());
        Assert.Equal(Enum.GetValues<Backdrop>().Length, scenes.Select(scene => scene.Backdrop).Distinct().Count());
        Assert.Equal(Enum.GetValues<SceneStyle>().Length, scenes.Select(scene => scene.Style).Distinct().Count());
        Assert.Equal(Enum.GetValues<SignKind>().Length, scenes.Where(scene => scene.Sign is not null).Select(scene => scene.Sign!.Kind).Distinct().Count());
        Assert.Equal(Enum.GetValues<SceneColor>().Length, scenes.SelectMany(scene => scene.Groups).Select(group => group.Color).Distinct().Count());
        Assert.Equal(Enum.GetValues<SpatialRelation>().Length, scenes.Select(scene => scene.Relation?.Kind).OfType<SpatialRelation>().Distinct().Count());
        Assert.Equal(10, scenes.Select(scene => scene.Sign?.Lines.Max(line => line.Length) ?? 0).Max());
    }

    [Fact]
    public void Sample_ManySeeds_PlacesEverythingInThePicture()
    {
        for (var seed = 0; seed < 10_000; seed++)
        {
            var scene = SceneSampler.Sample(new Random(seed));
            foreach (var place in scene.Groups.SelectMany(group => group.Places))
            {
                Assert.InRange(place.X - (place.Size / 2), -0.03, 1);
                Assert.InRange(place.X + (place.Size / 2), 0, 1.03);
                Assert.InRange(place.Y - (place.Size / 2), -0.03, 1);
                Assert.InRange(place.Y + (place.Size / 2), 0, 1.03);
            }

            if (scene.Sign is { } sign)
                Assert.True(sign.X >= 0 && sign.Y >= 0 && sign.X + sign.Width <= 1 && sign.Y + sign.Height <= 1, scene.ToJson());
        }
    }

    [Fact]
    public void Sample_Relation_HoldsInTheGeometry()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var scene = SceneSampler.Sample(new Random(seed), new SceneOptions { HasText = false });
            if (scene.Relation is not { } relation)
                continue;
            var (a, b) = (scene.Groups[relation.Subject].Places[0], scene.Groups[relation.Object].Places[0]);
            var holds = relation.Kind switch
            {
                SpatialRelation.LeftOf => a.X + (a.Size / 2) <= b.X - (b.Size / 2) + 0.01,
                SpatialRelation.RightOf => a.X - (a.Size / 2) >= b.X + (b.Size / 2) - 0.01,
                SpatialRelation.Above => a.Y + (a.Size / 2) <= b.Y - (b.Size / 2) + 0.01,
                SpatialRelation.Below => a.Y - (a.Size / 2) >= b.Y + (b.Size / 2) - 0.01,
                SpatialRelation.OnTopOf or SpatialRelation.Riding => a.Y < b.Y,
                SpatialRelation.Inside => Math.Abs(a.X - b.X) < 0.05 && a.Size < b.Size / 2,
                SpatialRelation.Between => b.X < a.X,
                _ => true,
            };
            Assert.True(holds, scene.ToJson());
        }
    }

    [Theory]
    [InlineData("open")]
    [InlineData("Very Deep Learning")]
    [InlineData("7")]
    [InlineData("abcdefghij klmnop")]
    public void Sample_WithText_ShowsIt(string text)
    {
        for (var seed = 0; seed < 50; seed++)
            Assert.Equal(text.ToLowerInvariant(), SceneSampler.Sample(new Random(seed), SceneOptions.WithText(text)).Sign?.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("say \"hi\"")]
    [InlineData("über")]
    [InlineData("a text that is much too long for any sign")]
    public void Sample_TextThatCannotBeDrawn_Throws(string text) =>
        Assert.Throws<FloydException>(() => SceneSampler.Sample(new Random(1), SceneOptions.WithText(text)));

    [Fact]
    public void Sample_ForcedOptions_AreTaken()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var options = new SceneOptions { HasText = false, Kind = ThingKind.Cat, Color = SceneColor.Red, Count = 3, Backdrop = Backdrop.Meadow, Style = SceneStyle.Watercolour };
            var scene = SceneSampler.Sample(new Random(seed), options);
            var group = Assert.Single(scene.Groups);
            Assert.Equal((ThingKind.Cat, SceneColor.Red, 3, Backdrop.Meadow, SceneStyle.Watercolour), (group.Kind, group.Color, group.Count, scene.Backdrop, scene.Style));
            var related = SceneSampler.Sample(new Random(seed), new SceneOptions { Relation = SpatialRelation.Above, Kind = ThingKind.Star });
            Assert.Equal((SpatialRelation.Above, ThingKind.Star), (related.Relation!.Kind, related.Groups[related.Relation.Subject].Kind));
        }
    }

    [Fact]
    public void FromJson_NotAScene_Throws()
    {
        Assert.Throws<FloydException>(() => Scene.FromJson("[]"));
        Assert.Throws<FloydException>(() => Scene.FromJson("{}"));
        Assert.Throws<FloydException>(() => Scene.FromJson("{\"style\":\"Crayon\"}"));
    }
}
