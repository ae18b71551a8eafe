using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// One multistep DPM-Solver++ update (Lu et al. 2022, arXiv:2211.01095, algorithm 2 and appendix B) of order 1, 2 or 3,
/// deterministic without noise and stochastic with it. Dk are finite differences of the predicted images, h the step in Lambda.
/// </summary>
/// <param name="Points">The level stepped to, the present one, then earlier ones.</param>
/// <param name="SolverType">Second-order weights.</param>
/// <param name="Stochastic">Whether noise is added.</param>
internal readonly record struct DpmSolverUpdate(DpmSolverPoint[] Points, SolverType SolverType, bool Stochastic)
{
    private DpmSolverPoint Target => Points[0];

    private DpmSolverPoint Source => Points[1];

    /// <summary>Steps the sample; the order is the number of predictions.</summary>
    /// <param name="sample">(B, C, H, W), float32. Not disposed.</param>
    /// <param name="predictions">Predicted images, the present one first, (B, C, H, W) each. Not disposed.</param>
    /// <param name="noise">(B, C, H, W) where stochastic. Not disposed.</param>
    /// <returns>(B, C, H, W), float32, owned by the caller.</returns>
    public Tensor Apply(Tensor sample, ReadOnlySpan<Tensor> predictions, Tensor? noise)
    {
        using var scope = NewDisposeScope();
        var h = Target.Lambda - Source.Lambda;

        // The share of the new image that comes from the predictions: the deterministic solver decays with h, the stochastic one with 2h.
        var step = Stochastic ? 2 * h : h;
        var decayed = 1 - MathF.Exp(-step);
        var keep = Target.Sigma / Source.Sigma * (Stochastic ? MathF.Exp(-h) : 1);
        var next = sample.Times(keep).Plus(predictions[0].Times(Target.Alpha * decayed)); // (B, C, H, W)
        if (predictions.Length == 2)
        {
            var r0 = (Source.Lambda - Points[2].Lambda) / h;
            var d1 = (predictions[0] - predictions[1]).Times(1 / r0);
            next = next.Plus(d1.Times(SolverType == SolverType.Midpoint ? 0.5f * (Target.Alpha * decayed) : LinearWeight(step, decayed)));
        }
        else if (predictions.Length == 3)
        {
            var r0 = (Source.Lambda - Points[2].Lambda) / h;
            var r1 = (Points[2].Lambda - Points[3].Lambda) / h;
            var d10 = (predictions[0] - predictions[1]).Times(1 / r0);
            var d11 = (predictions[1] - predictions[2]).Times(1 / r1);
            var d1 = d10.Plus((d10 - d11).Times(r0 / (r0 + r1)));
            var d2 = (d10 - d11).Times(1 / (r0 + r1));
            next = next.Plus(d1.Times(LinearWeight(step, decayed))).Plus(d2.Times(QuadraticWeight(step, decayed)));
        }

        if (Stochastic)
            next = next.Plus(noise!.Times(Target.Sigma * MathF.Sqrt(decayed)));
        return next.MoveToOuterDisposeScope();
    }

    private float LinearWeight(float step, float decayed) => Target.Alpha * (1 - (decayed / step));

    // The stochastic form subtracts the half where the deterministic one's derivation would add it: the reference's numbers.
    private float QuadraticWeight(float step, float decayed) =>
        Stochastic
            ? Target.Alpha * (((decayed - step) / (step * step)) - 0.5f)
            : -Target.Alpha * (((step - decayed) / (step * step)) - 0.5f);
}
