namespace FloydSharp.Planning;

/// <summary>What a phase of a run is predicted to need.</summary>
/// <param name="Stage">1 to 3; 0 for the text encoder.</param>
/// <param name="Phase">load, encode, denoise, finish or decode.</param>
/// <param name="Component">The component concerned, as the checkpoint names it.</param>
/// <param name="Ram">Peak of the process's anonymous and page-locked memory.</param>
/// <param name="Vram">Peak of the GPU's memory; all 0 where the component runs on the CPU and nothing is on the GPU.</param>
/// <param name="MappedBytes">Mapped files that are used in place; counted apart, because the kernel can drop them.</param>
public sealed record PhasePlan(int Stage, string Phase, string Component, MemoryParts Ram, MemoryParts Vram, long MappedBytes);
