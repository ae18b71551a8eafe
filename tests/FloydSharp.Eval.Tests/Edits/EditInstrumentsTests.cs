using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Edits;
using FloydSharp.Training.World;
using Xunit;

namespace FloydSharp.Eval.Tests.Edits;

public sealed class EditInstrumentsTests
{
    [Fact]
    public void All_SixtyCasesWhosePromptsNameWhatIsAsked()
    {
        Assert.Equal(60, EditCases.All.Count);
        Assert.Equal(Enumerable.Range(0, 60), EditCases.All.Select(c => c.Id));
        foreach (var edit in EditCases.All)
        {
            if (edit.IsInpainting)
            {
                Assert.Contains($"\"{edit.After.Sign!.Text}\"", edit.Prompt, StringComparison.Ordinal);
                Assert.NotEqual(edit.Before.Sign!.Text, edit.After.Sign.Text);
                Assert.Equal(edit.Before.Sign.TextArea, edit.After.Sign.TextArea);
            }
            else
            {
                Assert.EndsWith(CaptionTables.After(edit.After.Style)[0], edit.Prompt, StringComparison.Ordinal);
                Assert.NotEqual(edit.Before.Style, edit.After.Style);
            }
        }
    }

    [Fact]
    public void ChangedOutside_TheLettersAlone_IsNothing()
    {
        var cases = EditCases.All.Where(c => c.IsInpainting).Take(4).ToArray();
        using var editor = new RenderingEditor();
        foreach (var (edit, picture) in cases.Zip(editor.Edit(cases)))
        {
            Assert.Equal(0, EditInstruments.ChangedOutside(edit, picture));
            Assert.NotEqual(edit.Picture().Pixels, picture.Pixels);
            picture.Pixels[0] ^= 64;
            Assert.Equal(64, EditInstruments.ChangedOutside(edit, picture));
        }
    }

    [Fact]
    public void ChangedOutside_TheMask_HoldsAllLetters()
    {
        var beyond = EditCases.All.Where(c => c.IsInpainting)
            .Select(c => (c.Id, c.Prompt, Change: EditInstruments.ChangedOutside(c, SceneRenderer.Render(c.After, EditCase.Side)))).Where(c => c.Change > 8).ToArray();
        Assert.Empty(beyond);
    }

    [Fact]
    public void Overlap_FallsWithTheDistance()
    {
        var edit = EditCases.All.First(c => !c.IsInpainting && c.Before.Groups.Count == 1 && c.Before.Groups[0].Count == 1);
        var (kind, place) = (edit.Before.Groups[0].Kind, edit.Before.Groups[0].Places[0]);
        SeenScene Seen(float shift) => new(SceneStyle.Flat, Backdrop.Plain, SceneColor.Red, null, default, [new(kind, SceneColor.Red, place.X + shift, place.Y, place.Size, 1)]);
        Assert.Equal(1, EditInstruments.Overlap(edit.Before, Seen(0)), 5);
        Assert.Equal(1 / 3.0, EditInstruments.Overlap(edit.Before, Seen(place.Size / 2)), 5);
        Assert.Equal(0, EditInstruments.Overlap(edit.Before, Seen(0) with { Things = [] }));
    }
}
