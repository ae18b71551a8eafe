// Follows diffusers (Apache-2.0), src/diffusers/models/resnet.py, ResnetBlock2D.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// Two normalised and activated 3 x 3 convolutions with a residual (He et al. 2016, arXiv:1603.05027), told the time between
/// them, and optionally halving or doubling the picture inside (Dhariwal and Nichol 2021, arXiv:2105.05233, section 3).
/// </summary>
public sealed class ResnetBlock2D : Layer
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly Linear? time_emb_proj;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? conv_shortcut;
    private readonly Downsample2D? _downsample;
    private readonly Upsample2D? _upsample;
    private readonly ResnetOptions _options;
    private readonly ResnetTerms _terms;

    /// <summary>Declares the block without allocating its weights.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output; where they differ from the input's, the residual passes a 1 x 1 convolution.</param>
    /// <param name="tembChannels">Width of the time embedding; null for a block that is not told the time, as in the VAE.</param>
    /// <param name="options">What all blocks of one model share.</param>
    /// <param name="resample">Whether the block changes height and width.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels, or scale-shift is asked for without a time embedding.</exception>
    public ResnetBlock2D(
        long inChannels, long outChannels, long? tembChannels, ResnetOptions options, Resample resample = Resample.None)
    {
        if (options.ScaleShift && tembChannels is null)
            throw new ArgumentException("Scale and shift come from the time embedding, and this block has none.", nameof(options));

        _options = options;
        norm1 = Add("norm1", new GroupNorm(options.Groups, inChannels, options.Eps));
        conv1 = Add("conv1", new Conv2d(inChannels, outChannels, 3, padding: 1) { Doubles = resample == Resample.Up });
        if (tembChannels is { } width)
            time_emb_proj = Add("time_emb_proj", new Linear(width, options.ScaleShift ? 2 * outChannels : outChannels));
        norm2 = Add("norm2", new GroupNorm(options.Groups, outChannels, options.Eps));
        conv2 = Add("conv2", new Conv2d(outChannels, outChannels, 3, padding: 1));
        if (inChannels != outChannels)
            conv_shortcut = Add("conv_shortcut", new Conv2d(inChannels, outChannels, 1));
        _downsample = resample == Resample.Down ? new Downsample2D() : null;
        _upsample = resample == Resample.Up ? new Upsample2D() : null;
        _terms = new(norm1, conv1, norm2, conv2, conv_shortcut, options, resample);
    }

    /// <summary>A faster way for the block; null for layer by layer. Not disposed.</summary>
    internal IResnetKernel? Kernel { get; set; }

    /// <summary>The map of the time embedding, and what stands before it; null for a block that is not told the time.</summary>
    internal (Linear Map, Activation Activation)? TimeMap =>
        time_emb_proj is null ? null : (time_emb_proj, _options.SkipTimeActivation ? Activation.None : _options.Activation);

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, Cin, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="temb">Time embedding (B, Dtemb), which converts by itself; null for a block declared without one. Not disposed.</param>
    /// <param name="size">For a doubling block, height and width of the result where doubling would miss it; null doubles.</param>
    /// <returns>(B, Cout, H', W') with H' = H, H/2 rounded down, or 2H; owned by the caller.</returns>
    /// <exception cref="ArgumentException">A time embedding is missing or not expected.</exception>
    public Tensor forward(Tensor x, TimeStates? temb = null, (long Height, long Width)? size = null)
    {
        using var scope = NewDisposeScope();
        var time = Told(temb);                                                // (B, Cout or 2 Cout)
        return (TryKernel(x, null, time, size) ?? Layers(x, time, size)).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the block on two inputs side by side.</summary>
    /// <param name="x">(B, Cx, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="skip">(B, Cin - Cx, H, W). Not disposed.</param>
    /// <param name="temb">As for one input. Not disposed.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller.</returns>
    /// <exception cref="ArgumentException">A time embedding is missing or not expected.</exception>
    public Tensor forward(Tensor x, Tensor skip, TimeStates? temb)
    {
        using var scope = NewDisposeScope();
        var time = Told(temb);                                                // (B, Cout or 2 Cout)
        if (TryKernel(x, skip, time, null) is { } result)
            return result.MoveToOuterDisposeScope();
        using var joined = cat([x, skip], dim: 1);                            // (B, Cin, H, W)
        return (TryKernel(joined, null, time, null) ?? Layers(joined, time, null)).MoveToOuterDisposeScope();
    }

    private Tensor? Told(TimeStates? temb)
    {
        if (temb is null != time_emb_proj is null)
        {
            throw new ArgumentException(
                temb is null ? "This block needs a time embedding." : "This block was declared without a time embedding.", nameof(temb));
        }

        return TimeMap is { } told ? temb!.Project(told.Map, told.Activation) : null;
    }

    private Tensor? TryKernel(Tensor x, Tensor? skip, Tensor? time, (long Height, long Width)? size) =>
        Kernel is { } kernel && (_upsample is null || Doubles(x, size)) ? kernel.TryRun(x, skip, time, _terms) : null;

    private Tensor Layers(Tensor x, Tensor? time, (long Height, long Width)? size)
    {
        using var scope = NewDisposeScope();
        var hidden = norm1.forward(x, _options.Activation);                   // (B, Cin, H, W)
        if (_downsample is not null || _upsample is not null)
        {
            hidden = hidden.Then(h => ConvolveChanged(h, size));              // (B, Cout, H', W')
            x = ChangeSize(x, size);                                          // (B, Cin, H', W')
        }
        else
        {
            hidden = hidden.Then(conv1.forward);                              // (B, Cout, H', W')
        }

        hidden = hidden.Then(h => TellTime(h, time, _terms));                 // (B, Cout, H', W')
        var residual = conv_shortcut is null ? x : conv_shortcut.forward(x);  // (B, Cout, H', W')
        return hidden
            .Then(h => conv2.forward(h, residual, 1 / _options.OutputScaleFactor))
            .MoveToOuterDisposeScope();
    }

    private Tensor ConvolveChanged(Tensor x, (long Height, long Width)? size) =>
        _upsample is not null && Doubles(x, size)
            ? conv1.forwardDoubled(x)
            : ChangeSize(x, size).Then(conv1.forward);                        // (B, Cout, H', W')

    private Tensor ChangeSize(Tensor x, (long Height, long Width)? size) =>
        _downsample is not null ? _downsample.forward(x) : _upsample!.forward(x, size);

    private static bool Doubles(Tensor x, (long Height, long Width)? size) => size is null || size == (2 * x.shape[2], 2 * x.shape[3]);

    /// <summary>What stands between the convolutions: the second norm, told the time.</summary>
    /// <param name="hidden">(B, Cout, H, W). Not disposed.</param>
    /// <param name="projected">(B, Cout or 2 Cout); null for a block that is not told. Not disposed.</param>
    /// <param name="terms">The block.</param>
    /// <returns>(B, Cout, H, W), owned by the caller.</returns>
    internal static Tensor TellTime(Tensor hidden, Tensor? projected, ResnetTerms terms)
    {
        if (projected is null)
            return terms.Norm2.forward(hidden, terms.Options.Activation);

        using var scope = NewDisposeScope();
        var time = projected.unsqueeze(-1).unsqueeze(-1);                     // (B, Cout or 2 Cout, 1, 1)
        if (!terms.Options.ScaleShift)
            return hidden.Plus(time).Then(h => terms.Norm2.forward(h, terms.Options.Activation)).MoveToOuterDisposeScope();

        var parts = time.chunk(2, dim: 1);                                    // 2 x (B, Cout, 1, 1)
        return terms.Norm2.forward(hidden, parts[0], parts[1], terms.Options.Activation).MoveToOuterDisposeScope();
    }
}
