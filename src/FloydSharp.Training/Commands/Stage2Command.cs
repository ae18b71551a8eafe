using System.CommandLine;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Models.UNet;
using FloydSharp.Training.Stages;

namespace FloydSharp.Training.Commands;

/// <summary>Trains the UNet of stage II.</summary>
internal static class Stage2Command
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var stageI = new Option<string>("--stage1") { Description = "Checkpoint of stage I; its text encoder is used as it is.", Required = true };
        var crop = new Option<int>("--crop") { Description = "Side of the squares it is trained on, in pixels.", DefaultValueFactory = _ => 128 };
        var command = new Command("stage2", """
            Trains the super-resolution UNet of stage II.
              floyd-train stage2 --out models/II --stage1 models/I --minutes 8 --state state/II
              floyd-train stage2 --out models/II --resume models/II --stage1 models/I --state state/II --crop 256 --batch 32
            """) { stageI, crop };
        var options = new TrainingOptions(command, batch: 128, rate: 1e-3, lowWeight: 20);
        return command.Does((parse, cancellation) =>
        {
            var resume = options.Resume(parse);
            var config = resume is null ? options.Preset(parse).StageII : UNet2DConditionConfig.Load(Path.Combine(resume, "unet"));
            var (device, dtype) = options.Place(parse);
            var folder = parse.GetValue(stageI)!;
            using var stage = new StageIITrainer(config, folder, parse.GetValue(crop), device, dtype, options.Seed(parse), options.Weights(parse));
            if (resume is not null)
                stage.Load(resume);
            CommandRunner.Train(stage, options, new()
            {
                Batch = options.Batch(parse),
                Side = config.SampleSize!.Value,
                Tokenizer = T5Tokenizer.Load(Path.Combine(folder, "tokenizer")),
                Seed = options.Seed(parse),
            }, parse, cancellation);
        });
    }
}
