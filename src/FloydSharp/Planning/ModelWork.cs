using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Planning.Activations;
using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>What a model is asked to do at once, from which follows what it holds beside its weights.</summary>
public abstract record ModelWork
{
    private ModelWork()
    {
    }

    /// <summary>The most that the model holds while it runs, without weights and without what its caller keeps, in bytes.</summary>
    /// <param name="dtype">The dtype it computes in.</param>
    /// <param name="cuda">Whether on a GPU; else on the CPU.</param>
    /// <param name="plain">Whether layers are computed by libtorch's operators alone.</param>
    public long ActivationBytes(ScalarType dtype, bool cuda, bool plain = false)
    {
        var costs = PlanConstants.Of(cuda, plain);
        if (this is (UNet or VaeDecode) && !cuda && !plain && dtype == ScalarType.Float32)
        {
            var own = new ActivationTape(dtype.Bytes(), new(0, 0, 0));
            Walk(own, onePass: true);
            return own.Peak + PlanConstants.CpuKernelBytes;
        }

        var tape = new ActivationTape(dtype.Bytes(), costs.Kernels);
        Walk(tape, onePass: false);
        return (long)(tape.Peak * costs.ActivationFactor) + (this is UNet or VaeDecode ? costs.ConvolutionBase : costs.TextBase);
    }

    private protected abstract void Walk(ActivationTape tape, bool onePass);

    /// <summary>T5 encodes prompts, one at a time.</summary>
    /// <param name="Config">The encoder.</param>
    /// <param name="Tokens">Tokens of a prompt.</param>
    public sealed record T5(T5Config Config, int Tokens = 77) : ModelWork
    {
        private protected override void Walk(ActivationTape tape, bool onePass) => TextActivations.T5(tape, Config, Tokens);
    }

    /// <summary>CLIP encodes prompts, one at a time.</summary>
    /// <param name="Config">The encoder.</param>
    public sealed record ClipText(ClipTextConfig Config) : ModelWork
    {
        private protected override void Walk(ActivationTape tape, bool onePass) =>
            TextActivations.Clip(tape, Config.HiddenSize, Config.IntermediateSize, Config.MaxPositionEmbeddings);
    }

    /// <summary>The safety checker looks at pictures, one at a time.</summary>
    /// <param name="Config">Its tower.</param>
    public sealed record SafetyChecker(ClipVisionConfig Config) : ModelWork
    {
        private protected override void Walk(ActivationTape tape, bool onePass) => TextActivations.Checker(tape, Config);
    }

    /// <summary>A UNet predicts.</summary>
    /// <param name="Config">The UNet.</param>
    /// <param name="Batch">Pictures at once, times what guidance and style need: 2 for one guided picture.</param>
    /// <param name="Width">Width of the sample.</param>
    /// <param name="Height">Height of the sample.</param>
    /// <param name="Tokens">Tokens of the text.</param>
    public sealed record UNet(UNet2DConditionConfig Config, int Batch, int Width, int Height, int Tokens = 77) : ModelWork
    {
        private protected override void Walk(ActivationTape tape, bool onePass)
        {
            // The loop's own: the sample, what stands beside it, the input for all of the batch, the last output.
            tape.New((long)Batch * Width * Height * ((2 * Config.InChannels) + (2 * Config.OutChannels)));
            new UNetActivations(Config, new(tape, onePass), Tokens).Forward(Batch, Height, Width);
        }
    }

    /// <summary>The VAE decodes latents, one picture at a time.</summary>
    /// <param name="Config">The VAE.</param>
    /// <param name="Width">Width of the latents.</param>
    /// <param name="Height">Height of the latents.</param>
    /// <param name="TileSampleSize">Side of a tile in pixels; null decodes pictures whole.</param>
    public sealed record VaeDecode(AutoencoderKLConfig Config, int Width, int Height, long? TileSampleSize = null) : ModelWork
    {
        private protected override void Walk(ActivationTape tape, bool onePass)
        {
            var vae = new VaeActivations(Config, new(tape, onePass));
            var tile = Math.Max((TileSampleSize ?? 0) / Config.SpatialFactor, 1);
            if (TileSampleSize is not null && (Width > tile || Height > tile))
                vae.DecodeTiles(Height, Width, tile, new VaeDecodeOptions().TileOverlap);
            else
                vae.Decode(Height, Width);
        }
    }
}
