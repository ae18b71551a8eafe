using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// Group normalisation (Wu and He 2018, arXiv:1803.08494), alone or followed by scale-shift and an activation.
/// All group norms of all models run through here.
/// </summary>
public sealed class GroupNorm : Layer
{
    private readonly Weight weight;
    private readonly Weight bias;
    private readonly long _groups;
    private readonly double _eps;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="groups">Number of groups; divides <paramref name="channels"/>.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public GroupNorm(long groups, long channels, double eps)
    {
        if (groups <= 0 || channels % groups != 0)
            throw new ArgumentException($"{channels} channels do not divide into {groups} groups.", nameof(groups));
        weight = AddWeight("weight", channels);
        bias = AddWeight("bias", channels);
        _groups = groups;
        _eps = eps;
    }

    /// <summary>A faster way for this layer; null for the plain one. Not disposed.</summary>
    public IGroupNormKernel? Kernel { get; set; }

    /// <summary>Normalises, then activates.</summary>
    /// <param name="x">(B, C, ...), the weights' dtype. Not disposed.</param>
    /// <param name="activation">What follows the normalisation.</param>
    /// <returns>(B, C, ...), owned by the caller.</returns>
    public Tensor forward(Tensor x, Activation activation = Activation.None)
    {
        if (Kernel is { } kernel && kernel.CanRun(x, activation))
            return kernel.Run(x, Terms(null, null, activation));

        using var scope = NewDisposeScope();
        var normalised = nn.functional.group_norm(x, _groups, weight.Value, bias.Value, _eps);
        return activation.Apply(normalised).MoveToOuterDisposeScope();
    }

    /// <summary>Normalises, applies <c>x * (1 + scale) + shift</c>, then activates.</summary>
    /// <param name="x">(B, C, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="scale">(B, C, 1, 1). Not disposed.</param>
    /// <param name="shift">(B, C, 1, 1). Not disposed.</param>
    /// <param name="activation">What follows.</param>
    /// <returns>(B, C, H, W), owned by the caller.</returns>
    public Tensor forward(Tensor x, Tensor scale, Tensor shift, Activation activation)
    {
        if (Kernel is { } kernel && kernel.CanRun(x, activation))
            return kernel.Run(x, Terms(scale, shift, activation));

        using var scope = NewDisposeScope();
        var normalised = nn.functional.group_norm(x, _groups, weight.Value, bias.Value, _eps);
        return activation.Apply((normalised * scale.Plus(1)).Plus(shift)).MoveToOuterDisposeScope();
    }

    /// <summary>What it is computed with.</summary>
    internal GroupNormTerms Terms(Tensor? scale, Tensor? shift, Activation activation) =>
        new(weight.Value, bias.Value, _groups, _eps, scale, shift, activation);
}
