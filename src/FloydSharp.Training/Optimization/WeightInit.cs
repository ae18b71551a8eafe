using static TorchSharp.torch;

namespace FloydSharp.Training.Optimization;

/// <summary>First values of weights, by their names in the checkpoints.</summary>
internal static class WeightInit
{
    // Sums with residuals start as the residual alone (Dhariwal and Nichol 2021, arXiv:2105.05233; Goyal et al. 2017, arXiv:1706.02677).
    private static readonly string[] s_closing =
        ["conv2.weight", "to_out.0.weight", "proj_out.weight", "ff.net.2.weight"];

    /// <summary>Draws a weight.</summary>
    /// <param name="part">The component.</param>
    /// <param name="name">The weight's name in it.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="generator">On the CPU.</param>
    /// <returns>Float32 on the CPU; owned by the caller.</returns>
    public static Tensor Draw(string part, string name, long[] shape, Generator generator)
    {
        if (name.EndsWith("bias", StringComparison.Ordinal))
            return zeros(shape, ScalarType.Float32);
        if (shape.Length == 1)
            return ones(shape, ScalarType.Float32);
        var deviation = Deviation(part, name, shape);
        using var scope = NewDisposeScope();
        return randn(shape, ScalarType.Float32, CPU, generator: generator).Times(deviation).MoveToOuterDisposeScope();
    }

    /// <summary>Whether weight decay applies: to matrices and kernels, not to norms, biases and tables.</summary>
    public static bool Decays(string name, long[] shape) =>
        shape.Length > 1 && !name.Contains("embedding.weight", StringComparison.Ordinal) && !name.Contains("shared", StringComparison.Ordinal)
        && !name.Contains("relative_attention_bias", StringComparison.Ordinal) && !name.Contains("positional_embedding", StringComparison.Ordinal);

    private static double Deviation(string part, string name, long[] shape)
    {
        var fanIn = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        if (name is "shared.weight")
            return 0.5;
        if (name.Contains("relative_attention_bias", StringComparison.Ordinal))
            return 0.1;
        // T5 does not scale its scores, so the queries carry the factor (Raffel et al. 2020, arXiv:1910.10683); heads are 32 wide.
        if (name.EndsWith("SelfAttention.q.weight", StringComparison.Ordinal))
            return 1 / Math.Sqrt(fanIn * 32.0);
        if (name.EndsWith("SelfAttention.o.weight", StringComparison.Ordinal) || name.EndsWith("DenseReluDense.wo.weight", StringComparison.Ordinal))
            return 0.5 / Math.Sqrt(fanIn);
        if (name.EndsWith("token_embedding.weight", StringComparison.Ordinal) || name.EndsWith("class_embedding.weight", StringComparison.Ordinal))
            return 0.1;
        if (name.EndsWith("position_embedding.weight", StringComparison.Ordinal))
            return 0.05;
        if (name.EndsWith("positional_embedding", StringComparison.Ordinal))
            return 1 / Math.Sqrt(shape[^1]);
        if (part == "vae")
            return (s_closing.Any(c => name.EndsWith(c, StringComparison.Ordinal)) ? 0.3 : 1) / Math.Sqrt(fanIn);
        if (name == "conv_out.weight")
            return 0;
        if (s_closing.Any(c => name.EndsWith(c, StringComparison.Ordinal)))
            return 0.02 / Math.Sqrt(fanIn);
        return (name.Contains("time_emb_proj", StringComparison.Ordinal) ? 0.5 : 1) / Math.Sqrt(fanIn);
    }
}
