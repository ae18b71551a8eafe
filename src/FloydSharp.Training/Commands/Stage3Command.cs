using System.CommandLine;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Models.Clip;
using FloydSharp.Models.UNet;
using FloydSharp.Training.Data;
using FloydSharp.Training.Stages;
using FloydSharp.Training.Tokenizers;

namespace FloydSharp.Training.Commands;

/// <summary>Trains CLIP's text encoder and the UNet of stage III together.</summary>
internal static class Stage3Command
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var vae = new Option<string>("--vae") { Description = "Folder that holds vae/, as the verb vae writes it; may be --out.", Required = true };
        var crops = new Option<int>("--crops") { Description = "Squares cut out of each drawn picture.", DefaultValueFactory = _ => 4 };
        var command = new Command("stage3", """
            Trains the text encoder and the UNet of the x4 upscaler, after its autoencoder.
              floyd-train stage3 --out models/III --vae models/III --minutes 8 --state state/III
            """) { vae, crops };
        var options = new TrainingOptions(command, batch: 128, rate: 1e-3);
        return command.Does((parse, cancellation) =>
        {
            var (preset, resume, source) = (options.Preset(parse), options.Resume(parse), options.Source(parse));
            var tokenizerFolder = Path.Combine(resume ?? options.Out(parse), "tokenizer");
            var textConfig = preset.ClipText;
            if (resume is null)
            {
                var vocabulary = new BytePairVocabulary(source is FolderSource folder ? TokenizerWords.Of(folder.Captions) : TokenizerWords.OfWorld(), TokenizerWords.ClipSize);
                vocabulary.Save(tokenizerFolder, TokenizerWords.ClipMaxLength);
                textConfig = textConfig with { VocabSize = vocabulary.Size };
            }
            else
            {
                textConfig = ClipTextConfig.Load(Path.Combine(resume, "text_encoder"));
            }

            var unetConfig = resume is null ? preset.StageIII : UNet2DConditionConfig.Load(Path.Combine(resume, "unet"));
            var (device, dtype) = options.Place(parse);
            using var stage = new StageIIITrainer(textConfig, unetConfig, parse.GetValue(vae)!, tokenizerFolder, source, device, dtype, options.Seed(parse));
            if (resume is not null)
                stage.Load(resume);
            var side = unetConfig.SampleSize!.Value;
            CommandRunner.Train(stage, options, new()
            {
                Batch = options.Batch(parse),
                Side = 4 * side,
                Crop = side,
                CropsPerPicture = parse.GetValue(crops),
                Tokenizer = ClipTokenizer.Load(tokenizerFolder),
                // The upscaler's captions are not lower-cased by its pipeline; its tokenizer does that itself.
                Prepare = caption => caption,
                Seed = options.Seed(parse),
            }, parse, cancellation);
        });
    }
}
