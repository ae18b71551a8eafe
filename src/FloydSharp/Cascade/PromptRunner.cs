using FloydSharp.IO;
using FloydSharp.Pipelines;

namespace FloydSharp.Cascade;

/// <summary>Encodes the prompts of a cascade with T5, and frees it.</summary>
internal static class PromptRunner
{
    /// <summary>Encodes.</summary>
    /// <param name="encoder">T5; null where no checkpoint of the cascade has one.</param>
    /// <param name="request">Prompts, negative prompts, cleaning.</param>
    /// <param name="guided">Whether a stage needs the negative half.</param>
    /// <param name="report">Told about loading, encoding and cut prompts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Embeddings on the CPU; owned by the caller.</returns>
    public static PromptEmbeddings Run(Component<PromptEncoder>? encoder, CascadeRequest request, bool guided, CascadeProgress report, CancellationToken cancellation)
    {
        if (encoder is null)
            throw new FloydException("This cascade has neither stage I nor II, so it has no T5 text encoder; stage III encodes prompts itself.");
        report.Load(0, encoder, cancellation);
        try
        {
            using var made = report.Phase(0, CascadePhase.Encode, encoder.Name, () =>
                encoder.Load().EncodeWithStyle(request.Prompts, request.StylePrompts, request.NegativePrompts, request.CleanCaption, guided, cancellation));
            if (made.Cuts.Count > 0)
                report.Report(new CascadeEvent.PromptsCut(0, made.Cuts));
            return made.Cpu();
        }
        finally
        {
            encoder.Free();
        }
    }
}
