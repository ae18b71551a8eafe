using static TorchSharp.torch;

namespace FloydSharp.Planning;

/// <summary>A component that a run needs, and what it is asked to do.</summary>
public sealed record PlannedComponent
{
    /// <summary>1 to 3; 0 for the text encoder of stages I and II.</summary>
    public required int Stage { get; init; }

    /// <summary>Its name in the checkpoint.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The variants that may be used, the one to prefer first.</summary>
    public required IReadOnlyList<ComponentWeights> Variants { get; init; }

    /// <summary>The phase it runs in after it is loaded: encode, denoise, finish or decode.</summary>
    public required string Phase { get; init; }

    /// <summary>What that phase is called after, where not after the component.</summary>
    public string? PhaseName { get; init; }

    /// <summary>What it does there, the one to prefer first; those after it give the same in less memory.</summary>
    public required IReadOnlyList<ModelWork> Work { get; init; }

    /// <summary>How often the phase goes through the model: steps, or prompts.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>The dtype on the GPU.</summary>
    public ScalarType GpuDType { get; init; } = ScalarType.Float16;

    /// <summary>The dtype on the CPU.</summary>
    public ScalarType CpuDType { get; init; } = ScalarType.Float32;

    /// <summary>Whether it may run on the CPU although a GPU is there.</summary>
    public bool MayRunOnCpu { get; init; }

    /// <summary>Whether its layers are computed by libtorch's operators alone.</summary>
    public bool IsPlain { get; init; }

    /// <summary>What earlier phases left in RAM, in bytes.</summary>
    public long ResultBytes { get; init; }

    /// <summary>What the phase makes in RAM, in bytes.</summary>
    public long MadeBytes { get; init; }
}
