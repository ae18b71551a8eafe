using System.CommandLine;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Training.Tokenizers;

namespace FloydSharp.Training.Commands;

/// <summary>Counts a preset's parameters.</summary>
internal static class SizesCommand
{
    // What the drawn world's words come to; the tokenizer decides.
    private const int NominalVocabulary = 1536;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var preset = new Option<string>("--preset") { Description = "small or tiny.", DefaultValueFactory = _ => "small" };
        var command = new Command("sizes", "Says how large the models of a preset are.") { preset };
        return command.Does((parse, _) =>
        {
            var sizes = Stages.CascadePreset.Named(parse.GetValue(preset)!);
            (string Name, Layer Model)[] models =
            [
                ("T5", new T5EncoderModel(sizes.TextEncoder with { VocabSize = NominalVocabulary })),
                ("stage I", new UNet2DConditionModel(sizes.StageI)),
                ("stage II", new UNet2DConditionModel(sizes.StageII)),
                ("CLIP", new ClipTextModel(sizes.ClipText with { VocabSize = TokenizerWords.ClipSize })),
                ("stage III", new UNet2DConditionModel(sizes.StageIII)),
                ("VAE", new AutoencoderKL(sizes.Vae)),
            ];
            long total = 0;
            foreach (var (name, model) in models)
            {
                using (model)
                {
                    var count = model.NamedWeights().Sum(w => w.Value.ElementCount);
                    total += count;
                    parse.InvocationConfiguration.Output.WriteLine($"{name,-10} {count,10:N0} parameters {count * 2 / 1048576.0,6:0.00} MiB in fp16");
                }
            }

            parse.InvocationConfiguration.Output.WriteLine($"{"together",-10} {total,10:N0} parameters {total * 2 / 1048576.0,6:0.00} MiB in fp16");
        });
    }
}
