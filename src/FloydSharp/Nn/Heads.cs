using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>The shape changes around attention. Views where they can be.</summary>
internal static class Heads
{
    /// <summary>Splits the width into heads.</summary>
    /// <param name="x">(B, S, D). Not disposed.</param>
    /// <param name="heads">N, which divides D.</param>
    /// <returns>(B, N, S, K); owned by the caller.</returns>
    public static Tensor Split(Tensor x, long heads)
    {
        using var scope = NewDisposeScope();
        return x.view(x.shape[0], x.shape[1], heads, x.shape[2] / heads)      // (B, S, N, K)
            .transpose(1, 2).MoveToOuterDisposeScope();                       // (B, N, S, K)
    }

    /// <summary>Joins the heads again.</summary>
    /// <param name="x">(B, N, S, K). Not disposed.</param>
    /// <returns>(B, S, N * K); owned by the caller.</returns>
    public static Tensor Join(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.transpose(1, 2).flatten(2).MoveToOuterDisposeScope();        // (B, S, N * K)
    }
}
