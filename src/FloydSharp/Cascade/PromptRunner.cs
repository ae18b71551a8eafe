using FloydSharp.IO;
using FloydSharp.Pipelines;

namespace FloydSharp.Cascade;

/// <summary>Encodes the prompts of a cascade with T5, and frees it.</summary>
internal static class PromptRunner
{
    /// <summary>Encodes.</summary>
    /// <param name="encoder">T5; null where no checkpoint of the cascade has one.</param>
    /// <param name="requests">Prompts, negative prompts, cleaning, and whether a stage needs the negative half.</param>
    /// <param name="report">Told about loading, encoding and cut prompts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Embeddings on the CPU, one set per request; owned by the caller.</returns>
    public static IReadOnlyList<PromptEmbeddings> Run(
        Component<PromptEncoder>? encoder, IReadOnlyList<(CascadeRequest Request, bool Guided)> requests, CascadeProgress report, CancellationToken cancellation)
    {
        if (encoder is null)
            throw new FloydException("This cascade has neither stage I nor II, so it has no T5 text encoder; stage III encodes prompts itself.");
        report.Load(0, encoder, cancellation);
        PromptEmbeddings?[] made = new PromptEmbeddings?[requests.Count];
        try
        {
            report.Phase(0, CascadePhase.Encode, encoder.Name, () =>
            {
                foreach (var group in requests.Select((r, i) => (r.Request, r.Guided, Index: i)).GroupBy(r => (r.Guided, r.Request.CleanCaption, Single: r.Request.Prompts.Count == 1, Styled: r.Request.StylePrompts.Count > 0)))
                    Encode(encoder.Load(), [.. group], made, cancellation);
                return true;
            });
            CutPrompt[] cuts = [.. made.SelectMany(e => e!.Cuts).Distinct()];
            if (cuts.Length > 0)
                report.Report(new CascadeEvent.PromptsCut(0, cuts));
            return made!;
        }
        catch
        {
            foreach (var embeddings in made)
                embeddings?.Dispose();
            throw;
        }
        finally
        {
            encoder.Free();
        }
    }

    // Requests of one prompt go through the encoder as one, which encodes texts that repeat, such as the empty one, once.
    private static void Encode(PromptEncoder encoder, IReadOnlyList<(CascadeRequest Request, bool Guided, int Index)> group, PromptEmbeddings?[] made, CancellationToken cancellation)
    {
        var (first, guided, _) = group[0];
        if (first.Prompts.Count != 1)
        {
            foreach (var (request, _, index) in group)
            {
                using var own = encoder.EncodeWithStyle(request.Prompts, request.StylePrompts, request.NegativePrompts, request.CleanCaption, guided, cancellation);
                made[index] = own.Cpu();
            }

            return;
        }

        string[] negatives = [.. group.Select(r => r.Request.NegativePrompts.Count > 0 ? r.Request.NegativePrompts[0] : "")];
        string[] styles = [.. group.SelectMany(r => r.Request.StylePrompts.Take(1))];
        using var all = encoder.EncodeWithStyle([.. group.Select(r => r.Request.Prompts[0])], styles, negatives, first.CleanCaption, guided, cancellation);
        using var here = all.Cpu();
        for (var i = 0; i < group.Count; i++)
            made[group[i].Index] = here.Rows(i, 1);
    }
}
