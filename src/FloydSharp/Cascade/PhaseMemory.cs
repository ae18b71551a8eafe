using FloydSharp.Planning;

namespace FloydSharp.Cascade;

/// <summary>What a phase of a run was predicted to need, and what it took.</summary>
/// <param name="Stage">1 to 3; 0 for the text encoder.</param>
/// <param name="Phase">What was done.</param>
/// <param name="Component">The component concerned.</param>
/// <param name="Predicted">What the run's plan says; null without a plan.</param>
/// <param name="Ram">The largest anonymous memory of the process meanwhile, with page-locked memory for streamed weights, in bytes, looked at every 5 ms; 0 on other systems than Linux.</param>
/// <param name="Vram">The most that tensors took on the GPU, in bytes, the driver's part left out; null without one.</param>
public sealed record PhaseMemory(int Stage, CascadePhase Phase, string Component, PhasePlan? Predicted, long Ram, long? Vram);
