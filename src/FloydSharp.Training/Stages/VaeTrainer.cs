using FloydSharp.IO.Imaging;
using FloydSharp.Models.Vae;
using FloydSharp.Pipelines;
using FloydSharp.Training.Data;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Optimization;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>
/// The autoencoder of stage III. In training its latents vary by about 1; checkpoints hold it with latents so much larger that
/// they vary by 1 after the pipeline's scaling factor, by factors on the two 1 x 1 convolutions around the latents.
/// </summary>
internal sealed class VaeTrainer : ITrainingStage
{
    private readonly AutoencoderKL _vae;
    private readonly BatchMaker _sheet;
    private readonly double _klWeight;
    private readonly Tensor _deviation;

    /// <summary>Builds the autoencoder with fresh weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="sheet">Makes the pictures of the sheets.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="dtype">What the layers compute in.</param>
    /// <param name="seed">Of the first weights.</param>
    /// <param name="klWeight">Factor on the divergence of the latents.</param>
    public VaeTrainer(AutoencoderKLConfig config, BatchMaker sheet, Device device, ScalarType dtype, long seed, double klWeight)
    {
        _vae = new(config);
        _sheet = sheet;
        _klWeight = klWeight;
        _deviation = ones(1, ScalarType.Float32, device).DetachFromDisposeScope();
        Model = new([new("vae", _vae)], device, dtype);
        Model.Initialise(seed);
    }

    /// <inheritdoc/>
    public TrainableModel Model { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> LossNames { get; } = ["loss", "l1", "edges", "kl", "std"];

    /// <inheritdoc/>
    public Tensor Backward(TrainingBatch batch, RandomTensors random)
    {
        using var scope = NewDisposeScope();
        var pictures = batch.PixelsOn(Model.Device);                          // (B, 3, H, W)
        using var latents = _vae.Encode(pictures.to(Model.DType));
        var noise = random.Normal(latents.Mean.shape).to(Model.DType);
        var sample = latents.Sample(noise);                                   // (B, 4, H/f, W/f)
        var decoded = _vae.Decode(sample);                                    // (B, 3, H, W)
        var (loss, parts) = AutoencoderLoss.Compute(decoded, pictures, latents, _klWeight);
        loss.backward();
        using var noGrad = no_grad();
        // Of the means, as these are what stage III is trained on.
        var deviation = latents.Mean.detach().to(ScalarType.Float32).std().reshape(1);
        _deviation.MultiplyInPlace(0.95).AddInPlace(deviation, 0.05);
        return cat([parts, deviation]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = Model.Average.clone();
        Scale(weights, 1 / (_vae.Config.ScalingFactor * _deviation.item<float>()));
        new CheckpointWriter(folder).Weights("vae", "diffusers", "AutoencoderKL", _vae.Config.ToJson(), Model, weights);
    }

    /// <summary>Fills the autoencoder from a checkpoint of the same sizes.</summary>
    /// <param name="folder">The folder that holds <c>vae</c>.</param>
    public void Load(string folder)
    {
        using var noGrad = no_grad();
        Model.Load("vae", Path.Combine(folder, "vae"));
        Scale(Model.Master, _vae.Config.ScalingFactor);
        Model.Average.copy_(Model.Master);
        Model.Publish();
    }

    /// <inheritdoc/>
    public void WriteSheet(string folder, string path)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var vae = LoadFrozen(folder, CPU, ScalarType.Float32);
        var pictures = _sheet.Make(0).PixelsOn(CPU);                          // (B, 3, H, W)
        using var latents = vae.Encode(pictures);
        var both = stack([pictures, vae.Decode(latents.Mean)], dim: 1).flatten(0, 1); // (2B, 3, H, W)
        ImageFile.SavePng(path, ContactSheet.Compose(ImageTensors.ToImages(both), columns: 4, gap: 4), overwrite: true);
    }

    /// <summary>Loads an autoencoder that is not trained further.</summary>
    /// <param name="folder">The folder that holds <c>vae</c>.</param>
    /// <param name="device">Where to.</param>
    /// <param name="dtype">What it computes in.</param>
    /// <returns>Owned by the caller.</returns>
    public static AutoencoderKL LoadFrozen(string folder, Device device, ScalarType dtype)
    {
        var source = Path.Combine(folder, "vae");
        var vae = new AutoencoderKL(AutoencoderKLConfig.Load(source));
        FrozenWeights.Fill(vae, source, device, dtype);
        return vae;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _deviation.Dispose();
    }

    /// <summary>Makes the latents larger by a factor: means by the factor, log variances by twice its logarithm, and back before the decoder.</summary>
    private void Scale(Tensor weights, double factor)
    {
        using var scope = NewDisposeScope();
        var half = _vae.Config.LatentChannels;
        ViewOf("quant_conv.weight").narrow(0, 0, half).MultiplyInPlace(factor);
        ViewOf("quant_conv.bias").narrow(0, 0, half).MultiplyInPlace(factor);
        ViewOf("quant_conv.bias").narrow(0, half, half).AddInPlace(2 * Math.Log(factor));
        ViewOf("post_quant_conv.weight").DivideInPlace(factor);

        Tensor ViewOf(string name) => TrainableModel.ViewOf(weights, Model.Slots.Single(s => s.Name == name));
    }
}
