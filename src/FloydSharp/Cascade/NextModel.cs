using FloydSharp.IO;
using FloydSharp.Memory;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>
/// Has the files of the next UNet read into the system's cache while the present model computes, where RAM is plenty: not within a
/// budget that was given or a container's limit, and not where weights are streamed, which need the cache for themselves.
/// </summary>
internal sealed class NextModel(IReadOnlyList<ComponentPlace> places, CascadeOptions options) : IDisposable
{
    private readonly bool _allowed = options.Plan is not { } plan || (plan.Budget.RamIsFree && plan.Components.All(c => c.StreamedBytes == 0));
    private readonly HashSet<int> _begun = [];
    private ReadAhead? _reading;

    /// <summary>A phase begins: while it encodes or denoises, the files of the UNet behind it are read.</summary>
    public void Begin(CascadePhase phase, int stage, CascadeBatch batch)
    {
        var next = phase switch
        {
            CascadePhase.Denoise => batch.StageAfter(stage),
            CascadePhase.Encode => batch.StageAfter(Math.Max(0, stage - 1)),
            _ => null,
        };
        if (next is { } unet)
            Begin(unet);
    }

    // Once for each stage.
    private void Begin(int stage)
    {
        if (!_allowed || !_begun.Add(stage) || places.FirstOrDefault(p => p.Name == $"stage{stage}/unet") is not { } unet)
            return;
        _reading?.Dispose();
        _reading = null;
        try
        {
            var memory = SystemMemory.Read();
            if (memory.Container.MemoryLimit is null)
                _reading = ReadAhead.TryBegin(ComponentFiles.WeightsOf(unet.Folder, unet.Load), memory.Available);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FloydException)
        {
            // It is said when the model is loaded.
        }
    }

    /// <summary>Stops.</summary>
    public void Dispose() => _reading?.Dispose();
}
