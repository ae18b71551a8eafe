using FloydSharp.Eval.Prompts;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reports;

/// <summary>The pictures of one prompt and one seed, from small to large.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="Pictures">One per stage.</param>
internal sealed record Sample(HeldOutPrompt Prompt, long Seed, IReadOnlyList<ImageBuffer> Pictures);
