using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;

namespace FloydSharp.Planning.Activations;

/// <summary>What text encoders and the safety checker hold in a forward pass: a few megabytes beside weights of gigabytes.</summary>
internal static class TextActivations
{
    /// <summary>T5's encoder over one prompt: position biases, the stream, and the wider of attention and feed-forward.</summary>
    public static void T5(ActivationTape tape, T5Config config, long tokens)
    {
        var (stream, inner, gate) = (tokens * config.DModel, tokens * config.NumHeads * config.DKv, tokens * config.DFf);
        // Buckets are int64.
        tape.New((4 * config.NumHeads * tokens * tokens) + (4 * tokens * tokens));
        // The matrix products' packed panels; measured for T5-XXL.
        tape.New(config.DModel * config.DFf / 8);
        tape.New((2 * stream) + Math.Max((3 * stream) + (6 * inner), (4 * stream) + (4 * gate)));
    }

    /// <summary>CLIP's layers, of text or of a picture, over one input.</summary>
    public static void Clip(ActivationTape tape, long width, long inner, long tokens)
    {
        tape.New(3 * tokens * tokens);
        tape.New(2 * tokens * width);
        tape.New(Math.Max(6 * tokens * width, (2 * tokens * width) + (2 * tokens * inner)));
    }

    /// <summary>The safety checker over one picture.</summary>
    public static void Checker(ActivationTape tape, ClipVisionConfig config)
    {
        tape.New(4 * config.NumChannels * config.ImageSize * config.ImageSize);
        Clip(tape, config.HiddenSize, config.IntermediateSize, config.PatchCount + 1);
    }
}
