using System.CommandLine;
using FloydSharp.Eval.Analysis;
using FloydSharp.Eval.Prompts;
using FloydSharp.IO.Imaging;
using FloydSharp.Training.World;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Commands;

/// <summary>Measures the analyser on fresh rendered scenes: questions with the answer yes, and with the answer no.</summary>
internal static class CheckCommand
{
    // Compared in the details; the first is the lowest.
    private static readonly float[] Certainties = [0.1f, 0.15f, 0.2f, 0.25f, 0.3f, 0.4f, 0.5f];

    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "Scenes.", DefaultValueFactory = _ => 1000 };
        var size = new Option<int>("--size") { Description = "Side of the pictures.", DefaultValueFactory = _ => SceneLabels.Side };
        var style = new Option<SceneStyle?>("--style") { Description = "Scenes of one style alone." };
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var details = new Option<bool>("--details") { Description = "Print what is taken for what." };
        var worn = new Option<bool>("--worn") { Description = "Make the pictures soft and noisy first, as in training." };
        var command = new Command("check", "Measures the analyser's own error on rendered scenes that it has not seen.") { count, size, style, weights, details, worn };
        return command.Does(parse =>
        {
            var options = new SceneOptions { TextShare = 0.35, Style = parse.GetValue(style) };
            var scenes = Enumerable.Range(0, parse.GetValue(count)).Select(i => ReservedSeeds.Scene(ReservedSeeds.Check + i, options)).ToArray();
            var pictures = new ImageBuffer[scenes.Length];
            Parallel.For(0, scenes.Length, i => pictures[i] = SceneRenderer.Render(scenes[i], parse.GetValue(size)));
            if (parse.GetValue(worn))
                Wear(pictures);
            using var analyser = new SceneAnalyser(parse.GetValue(weights));
            var (all, writer) = (analyser.Look(pictures, Certainties[0]), parse.InvocationConfiguration.Output);
            var seen = Certain(all, SceneAnalyser.Least);
            var errors = Errors(scenes, seen);
            writer.WriteLine($"{"attribute",-10} {"asked",6} {"missed",8} {"asked false",12} {"fooled",8} {"error",8}");
            for (var a = 0; a < errors.Length; a++)
                writer.WriteLine($"{Answers.Names[a],-10} {errors[a].Yes,6} {Share(errors[a].Missed, errors[a].Yes),8:p1} {errors[a].No,12} {Share(errors[a].Fooled, errors[a].No),8:p1} {errors[a].Share,8:p1}");
            if (parse.GetValue(details))
            {
                foreach (var least in Certainties)
                    writer.WriteLine($"things from {least} on: {string.Join(", ", Errors(scenes, Certain(all, least)).Take(4).Select((e, a) => $"{Answers.Names[a]} {e.Share:p1}"))}");
                var confusions = new Confusions();
                for (var i = 0; i < scenes.Length; i++)
                    confusions.Add(scenes[i], seen[i]);
                confusions.Print(writer);
            }

            return 0;
        });
    }

    private static void Wear(ImageBuffer[] pictures)
    {
        foreach (var picture in pictures)
        {
            using var scope = NewDisposeScope();
            var input = (tensor(picture.Pixels, [1, picture.Height, picture.Width, 3], ScalarType.Byte).permute(0, 3, 1, 2).to(ScalarType.Float32) / 127.5) - 1;
            var bytes = ((new PictureWear().Of(input) + 1) * 127.5).round().to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous(); // (1, H, W, 3)
            bytes.data<byte>().CopyTo(picture.Pixels);
        }
    }

    private static SeenScene[] Certain(IReadOnlyList<SeenScene> seen, float least) =>
        [.. seen.Select(s => s with { Things = [.. s.Things.Where(t => t.Certainty >= least)] })];

    private static (int Yes, int Missed, int No, int Fooled, double Share)[] Errors(Scene[] scenes, IReadOnlyList<SeenScene> seen)
    {
        var random = new Random(1);
        var (yes, missed, no, fooled) = (new int[6], new int[6], new int[6], new int[6]);
        for (var i = 0; i < scenes.Length; i++)
        {
            var asked = AskedFacts.Of(scenes[i]);
            var answers = Judge.Of(asked, seen[i]).Values;
            var falsehoods = Falsehoods.Of(asked, random);
            for (var a = 0; a < 6; a++)
            {
                yes[a] += answers[a] is null ? 0 : 1;
                missed[a] += answers[a] is false ? 1 : 0;
                if (falsehoods[a] is not { } lie)
                    continue;
                no[a]++;
                fooled[a] += Judge.Of(lie, seen[i]).Values[a] is true ? 1 : 0;
            }
        }

        return [.. Enumerable.Range(0, 6).Select(a => (yes[a], missed[a], no[a], fooled[a], Share(missed[a] + fooled[a], yes[a] + no[a])))];
    }

    private static double Share(int part, int whole) => whole == 0 ? 0 : part / (double)whole;
}
