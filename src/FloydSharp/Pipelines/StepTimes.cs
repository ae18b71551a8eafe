using FloydSharp.Models.UNet;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>
/// What a UNet is told of the time at each step, computed for several steps at once: the weights it takes, a twelfth of IF-I-XL's,
/// are read once for all of them.
/// </summary>
/// <param name="unet">The model. Not owned.</param>
/// <param name="timesteps">Of all steps.</param>
/// <param name="text">What the model made of the text. Not owned.</param>
/// <param name="labels">Noise levels, or null. Not owned.</param>
internal sealed class StepTimes(UNet2DConditionModel unet, IReadOnlyList<int> timesteps, UNetText text, Tensor? labels) : IDisposable
{
    /// <summary>Steps at once. Always the same ones, so that a continued run computes the same bits.</summary>
    public const int Together = 16;

    private Tensor? _told;
    private int _first = -1;

    /// <summary>For a step.</summary>
    /// <returns>(B, D'), owned by the caller.</returns>
    public Tensor Of(int step)
    {
        var first = step / Together * Together;
        if (first != _first)
            Read(first);
        return _told![step - first];
    }

    /// <summary>Frees what was computed.</summary>
    public void Dispose() => _told?.Dispose();

    private void Read(int first)
    {
        _told?.Dispose();
        (_told, _first) = (null, -1);
        using var times = tensor(timesteps.Skip(first).Take(Together).Select(t => (long)t).ToArray());
        (_told, _first) = (unet.ReadTimes(times, text, labels).DetachFromDisposeScope(), first); // (steps, B, D')
    }
}
