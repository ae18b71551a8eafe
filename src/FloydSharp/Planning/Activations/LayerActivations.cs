using FloydSharp.Nn;

namespace FloydSharp.Planning.Activations;

/// <summary>
/// What the layers that several models share hold while they run. Each method mirrors the forward method it is named after; the
/// input belongs to the caller, the result is held afterwards.
/// </summary>
/// <param name="tape">The tape.</param>
/// <param name="onePass">Whether kernels norm, tell the time and activate in one pass, add residuals as they write, and convolve doubled pixels without forming them, holding what <see cref="CpuConvolution"/> says: the CPU's own.</param>
internal sealed class LayerActivations(ActivationTape tape, bool onePass = false)
{
    /// <summary>The tape.</summary>
    public ActivationTape Tape => tape;

    /// <summary>A convolution.</summary>
    /// <param name="shape">Its input.</param>
    /// <param name="channels">Channels of its result.</param>
    /// <param name="kernel">Side of its kernel.</param>
    /// <param name="stride">1 or 2.</param>
    public MapShape Conv2d(MapShape shape, long channels, int kernel, int stride = 1)
    {
        var result = (stride == 1 ? shape : shape.Halved()) with { Channels = channels };
        tape.Convolve(shape.Values, channels * shape.Channels * kernel * kernel, result.Values);
        if (onePass)
            tape.Pass(CpuConvolution.Values(shape, result, kernel, stride));
        return result;
    }

    /// <summary>A convolution of features of which each pixel stands for 2 x 2.</summary>
    public MapShape Doubled(MapShape x, long channels)
    {
        var large = x with { Height = x.Height * 2, Width = x.Width * 2 };
        if (!onePass)
            tape.New(large.Values);
        var result = Conv2d(large, channels, 3);
        if (!onePass)
            tape.Drop(large.Values);
        return result;
    }

    /// <summary>A group norm with an activation.</summary>
    public void GroupNorm(MapShape shape, bool activates = true)
    {
        tape.New(shape.Values);
        if (!activates || onePass)
            return;
        tape.New(shape.Values);
        tape.Drop(shape.Values);
    }

    /// <summary>A <see cref="ResnetBlock2D"/>.</summary>
    /// <param name="x">Its input.</param>
    /// <param name="channels">Channels of its result.</param>
    /// <param name="options">What all resnets of the model share.</param>
    /// <param name="timed">Whether it is told the time.</param>
    /// <param name="size">The size of its result, where it changes it.</param>
    /// <returns>Its result.</returns>
    public MapShape Resnet(MapShape x, long channels, ResnetOptions options, bool timed, (long Height, long Width)? size = null)
    {
        GroupNorm(x);
        var resized = size is { } target ? x with { Height = target.Height, Width = target.Width } : x;
        if (size is not null)
        {
            tape.New(resized.Values);
            tape.Drop(x.Values);
            tape.New(resized.Values);
        }

        var hidden = Conv2d(resized, channels, 3);
        tape.Drop(resized.Values);
        TellTime(hidden, options, timed);
        var residual = x.Channels == channels ? 0 : Conv2d(resized, channels, 1).Values;
        var result = Conv2d(hidden, channels, 3);
        // Their sum, and its multiple; kernels add and multiply as they write the result.
        if (!onePass)
            tape.Pass((options.OutputScaleFactor != 1 ? 2 : 1) * result.Values);
        tape.Drop(hidden.Values, residual, size is null ? 0 : resized.Values);
        return result;
    }

    /// <summary>An <see cref="Nn.AddedKVAttention"/>: pixels look at the text and, where it is so, at each other.</summary>
    public void AddedKVAttention(MapShape x, long textTokens, bool onlyText)
    {
        var (n, text) = (x.Values, x.Batch * textTokens * x.Channels);
        tape.New(2 * text);
        // Normalised, turned, queries, keys, values; the first two go.
        tape.New(onlyText ? 3 * n : 5 * n);
        tape.Drop(2 * n);
        if (!onlyText)
            tape.New(2 * (n + text));
        tape.New(n);
        tape.Drop(onlyText ? n : (5 * n) + (2 * text));
        tape.New(n);
        tape.Drop(n);
        tape.New(2 * n);
        tape.Drop(2 * n, 2 * text);
    }

    /// <summary>A <see cref="Transformer2DModel"/>.</summary>
    public void Transformer(MapShape x, long textTokens, int layers, bool onlyText)
    {
        var (n, text) = (x.Values, x.Batch * textTokens * x.Channels);
        GroupNorm(x, activates: false);
        Replace(n);
        Replace(n);
        for (var i = 0; i < layers; i++)
        {
            TransformerBlock(n, text, onlyText);
            tape.Drop(n);
        }

        Replace(n);
        Replace(n);
        tape.New(n);
        tape.Drop(n);
    }

    /// <summary>A tensor comes in the place of one of the same size.</summary>
    public void Replace(long values)
    {
        tape.New(values);
        tape.Drop(values);
    }

    private void TellTime(MapShape hidden, ResnetOptions options, bool timed)
    {
        var n = hidden.Values;
        // Normalised, times scale, plus shift, activated; without scale plus time, normalised, activated; all but the last go.
        var steps = onePass ? 1 : !timed ? 2 : options.ScaleShift ? 4 : 3;
        tape.New(steps * n);
        tape.Drop(steps * n);
    }

    private void TransformerBlock(long n, long text, bool onlyText)
    {
        Attend(n, onlyText ? text : n);
        Attend(n, text);
        tape.Drop(n);
        // Normalised; 8 N into halves of 4 N, one activated, their product; back to N.
        tape.New(n);
        tape.New(16 * n);
        tape.Drop(12 * n);
        tape.New(n);
        tape.Drop(5 * n);
        tape.New(n);
        tape.Drop(2 * n);
    }

    // The input stays; its sum with what was attended to is held afterwards.
    private void Attend(long n, long source)
    {
        tape.New(n);
        tape.New((2 * source) + (2 * n));
        Replace(n);
        tape.Drop((2 * source) + (2 * n));
        Replace(n);
    }
}
