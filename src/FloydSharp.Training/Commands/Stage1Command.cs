using System.CommandLine;
using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Training.Data;
using FloydSharp.Training.Stages;
using FloydSharp.Training.Tokenizers;

namespace FloydSharp.Training.Commands;

/// <summary>Trains T5 and the UNet of stage I together.</summary>
internal static class Stage1Command
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var dropout = new Option<double>("--caption-dropout") { Description = "Part of the captions left empty, for guidance.", DefaultValueFactory = _ => 0.1 };
        var freeze = new Option<bool>("--freeze-text") { Description = "Keep the text encoder of --resume as it is, so that a stage II trained with it stays right." };
        var command = new Command("stage1", """
            Trains the text encoder and the UNet of stage I together.
              floyd-train stage1 --out models/I --minutes 8 --batch 512 --state state/I
              floyd-train stage1 --out models/I --resume models/I --state state/I --minutes 8
              floyd-train stage1 --out models/I --resume models/I --freeze-text --minutes 8
              floyd-train stage1 --out mine --data pictures --minutes 60 --batch 64
            """) { dropout, freeze };
        var options = new TrainingOptions(command, batch: 512, rate: 1e-3, lowWeight: 1);
        return command.Does((parse, cancellation) =>
        {
            var preset = options.Preset(parse);
            var resume = options.Resume(parse);
            var tokenizerFolder = Path.Combine(resume ?? options.Out(parse), "tokenizer");
            var source = options.Source(parse);
            var textConfig = preset.TextEncoder;
            if (resume is null)
            {
                var vocabulary = new UnigramVocabulary(source is FolderSource folder ? TokenizerWords.Of(folder.Captions) : TokenizerWords.OfWorld());
                vocabulary.Save(tokenizerFolder, TokenizerWords.MaxLength);
                textConfig = textConfig with { VocabSize = vocabulary.Size };
            }
            else
            {
                textConfig = T5Config.Load(Path.Combine(resume, "text_encoder"));
            }

            var unetConfig = resume is null ? preset.StageI : UNet2DConditionConfig.Load(Path.Combine(resume, "unet"));
            var (device, dtype) = options.Place(parse);
            using var stage = new StageITrainer(textConfig, unetConfig, tokenizerFolder, device, dtype, options.Seed(parse), options.Weights(parse),
                parse.GetValue(freeze) ? resume ?? throw new FloydException("--freeze-text needs --resume: fresh text encoders know nothing.") : null);
            if (resume is not null)
                stage.Load(resume);
            CommandRunner.Train(stage, options, new BatchOptions
            {
                Batch = options.Batch(parse),
                Side = unetConfig.SampleSize!.Value,
                Tokenizer = T5Tokenizer.Load(tokenizerFolder),
                CaptionDropout = parse.GetValue(dropout),
                Seed = options.Seed(parse),
            }, parse, cancellation);
        });
    }
}
