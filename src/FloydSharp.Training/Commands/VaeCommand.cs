using System.CommandLine;
using FloydSharp.Models.Vae;
using FloydSharp.Training.Data;
using FloydSharp.Training.Stages;
using static TorchSharp.torch;

namespace FloydSharp.Training.Commands;

/// <summary>Trains the autoencoder of stage III.</summary>
internal static class VaeCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var kl = new Option<double>("--kl") { Description = "Weight of the latents' divergence from the normal distribution.", DefaultValueFactory = _ => 3e-5 };
        var crops = new Option<int>("--crops") { Description = "Squares cut out of each drawn picture.", DefaultValueFactory = _ => 4 };
        var command = new Command("vae", """
            Trains the autoencoder of stage III on squares of large pictures.
              floyd-train vae --out models/III --minutes 5 --batch 64
            """) { kl, crops };
        var options = new TrainingOptions(command, batch: 64, rate: 1e-3);
        return command.Does((parse, cancellation) =>
        {
            var resume = options.Resume(parse);
            var config = resume is null ? options.Preset(parse).Vae : AutoencoderKLConfig.Load(Path.Combine(resume, "vae"));
            var batches = new BatchOptions
            {
                Batch = options.Batch(parse),
                Side = 4 * (int)config.SampleSize,
                Crop = (int)config.SampleSize,
                CropsPerPicture = parse.GetValue(crops),
                Seed = options.Seed(parse),
            };
            var (device, _) = options.Place(parse);
            // Eight bits of mantissa are too few for pictures that must come back in eight bits per channel.
            using var stage = new VaeTrainer(
                config, new BatchMaker(options.Source(parse), batches with { Batch = 8, CropsPerPicture = 1 }), device, ScalarType.Float32, options.Seed(parse), parse.GetValue(kl));
            if (resume is not null)
                stage.Load(resume);
            CommandRunner.Train(stage, options, batches, parse, cancellation);
        });
    }
}
