using FloydSharp.Pipelines;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>What a cascade reports while it runs. Reports are made in place, on the thread that runs the cascade.</summary>
public abstract record CascadeEvent
{
    private CascadeEvent()
    {
    }

    /// <summary>A phase begins.</summary>
    /// <param name="Stage">1 to 3; 0 for the text encoder.</param>
    /// <param name="Phase">What is done.</param>
    /// <param name="Component">The component concerned, as the checkpoint names it.</param>
    public sealed record PhaseStarted(int Stage, CascadePhase Phase, string Component) : CascadeEvent;

    /// <summary>A phase has ended.</summary>
    /// <param name="Stage">1 to 3; 0 for the text encoder.</param>
    /// <param name="Phase">What was done.</param>
    /// <param name="Component">The component concerned.</param>
    /// <param name="Elapsed">How long it took.</param>
    public sealed record PhaseFinished(int Stage, CascadePhase Phase, string Component, TimeSpan Elapsed) : CascadeEvent
    {
        /// <summary>How much memory it took; null unless <see cref="CascadeOptions.MeasureMemory"/> is set.</summary>
        public PhaseMemory? Memory { get; init; }

        /// <summary>How the UNet ran in the last step, as <see cref="StepInfo.Pass"/> says; null for other phases.</summary>
        public string? Pass { get; init; }
    }

    /// <summary>Weights are being read.</summary>
    /// <param name="Stage">1 to 3; 0 for the text encoder.</param>
    /// <param name="Component">The component concerned.</param>
    /// <param name="Progress">How far it is.</param>
    public sealed record Loading(int Stage, string Component, LoadProgress Progress) : CascadeEvent;

    /// <summary>Prompts were too long and the model sees their beginning only.</summary>
    /// <param name="Stage">0 for T5, 3 for CLIP.</param>
    /// <param name="Cuts">What was cut.</param>
    public sealed record PromptsCut(int Stage, IReadOnlyList<CutPrompt> Cuts) : CascadeEvent;

    /// <summary>Memory ran out, and the run goes on with less of a component on the device.</summary>
    /// <param name="Stage">1 to 3; 0 for the text encoder.</param>
    /// <param name="Component">The component concerned.</param>
    /// <param name="Text">What a person should know.</param>
    public sealed record MemoryLowered(int Stage, string Component, string Text) : CascadeEvent;

    /// <summary>A denoising step is done.</summary>
    /// <param name="Stage">1 to 3.</param>
    /// <param name="Step">The step; its tensors are valid during the report only.</param>
    public sealed record Stepped(int Stage, StepInfo Step) : CascadeEvent
    {
        /// <summary>The number of the request, from 0.</summary>
        public int Request { get; init; }

        /// <summary>Steps that are done of this stage, over all requests that run together.</summary>
        public int Done { get; init; }

        /// <summary>Steps that this stage has, over all requests that run together.</summary>
        public int Total { get; init; }
    }

    /// <summary>The pictures of a request's stage are ready.</summary>
    /// <param name="Result">Owned by the cascade's result, or valid during the report only where requests run together; its pictures stay.</param>
    public sealed record StageFinished(StageResult Result) : CascadeEvent
    {
        /// <summary>The number of the request, from 0.</summary>
        public int Request { get; init; }
    }
}
