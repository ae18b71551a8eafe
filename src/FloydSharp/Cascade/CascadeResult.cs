namespace FloydSharp.Cascade;

/// <summary>What a cascade made, stage by stage. Owns the stages' tensors.</summary>
public sealed class CascadeResult : IDisposable
{
    internal CascadeResult(IReadOnlyList<StageResult> stages) => Stages = stages;

    /// <summary>The stages that ran, in order.</summary>
    public IReadOnlyList<StageResult> Stages { get; }

    /// <summary>The last stage's pictures.</summary>
    public IReadOnlyList<CascadePicture> Pictures => Stages[^1].Pictures;

    /// <summary>How much memory the phases took; empty unless <see cref="CascadeOptions.MeasureMemory"/> is set.</summary>
    public IReadOnlyList<PhaseMemory> Memory { get; internal init; } = [];

    /// <summary>Frees the tensors; the pictures stay.</summary>
    public void Dispose()
    {
        foreach (var stage in Stages)
            stage.Dispose();
    }
}
