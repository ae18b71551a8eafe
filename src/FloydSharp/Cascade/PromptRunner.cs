using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;

namespace FloydSharp.Cascade;

/// <summary>Encodes the prompts of a cascade with T5, and frees it; T5 is not loaded where all of them were encoded before.</summary>
internal static class PromptRunner
{
    /// <summary>Encodes.</summary>
    /// <param name="checkpoint">Has T5; null where no checkpoint of the cascade has one.</param>
    /// <param name="reuse">Texts that were encoded before; null for none.</param>
    /// <param name="requests">Prompts, negative prompts, cleaning, and whether a stage needs the negative half.</param>
    /// <param name="report">Told about loading, encoding and cut prompts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Embeddings on the CPU, one set per request; owned by the caller.</returns>
    public static IReadOnlyList<PromptEmbeddings> Run(
        IFComponents? checkpoint, EmbeddingReuse? reuse, IReadOnlyList<(CascadeRequest Request, bool Guided)> requests, CascadeProgress report, CancellationToken cancellation)
    {
        if (checkpoint is null)
            throw new FloydException("This cascade has neither stage I nor II, so it has no T5 text encoder; stage III encodes prompts itself.");
        var sets = requests.Select(r => (Texts: new PromptTexts(r.Request.Prompts, r.Request.StylePrompts, r.Request.NegativePrompts, r.Guided), r.Request.CleanCaption)).ToList();
        Dictionary<bool, Dictionary<string, EncodedText>> rows = new() { [false] = [], [true] = [] };
        try
        {
            foreach (var clean in sets.Select(s => s.CleanCaption).Distinct())
                Fill(rows[clean], [.. sets.Where(s => s.CleanCaption == clean).SelectMany(s => s.Texts.Distinct).Distinct()], clean, checkpoint, reuse, report, cancellation);
            CutPrompt[] cuts = [.. rows.Values.SelectMany(r => r.Values).Select(r => r.Cut).OfType<CutPrompt>().Distinct()];
            if (cuts.Length > 0)
                report.Report(new CascadeEvent.PromptsCut(0, cuts));
            return [.. sets.Select(s => s.Texts.Assemble(rows[s.CleanCaption]))];
        }
        finally
        {
            checkpoint.TextEncoder.Free();
            foreach (var row in rows.Values.SelectMany(r => r.Values))
                row.Dispose();
        }
    }

    /// <summary>Whether all texts were encoded before, so that the encoder is not needed.</summary>
    public static bool AreKept(IFComponents checkpoint, EmbeddingReuse reuse, IReadOnlyList<(CascadeRequest Request, bool Guided)> requests)
    {
        var tokenizer = PromptTokenizer.ForT5(checkpoint.LoadTokenizer());
        return requests.All(r => new PromptTexts(r.Request.Prompts, r.Request.StylePrompts, r.Request.NegativePrompts, r.Guided).Distinct.All(text =>
        {
            using var states = reuse.Find(tokenizer.Encode(text, r.Request.CleanCaption));
            return states is not null;
        }));
    }

    private static void Fill(
        Dictionary<string, EncodedText> rows, IReadOnlyList<string> texts, bool clean, IFComponents checkpoint, EmbeddingReuse? reuse, CascadeProgress report, CancellationToken cancellation)
    {
        var tokenizer = reuse is null ? null : PromptTokenizer.ForT5(checkpoint.LoadTokenizer());
        if (reuse is not null)
            Find(rows, texts, clean, tokenizer!, reuse);
        string[] missing = [.. texts.Where(t => !rows.ContainsKey(t))];
        if (missing.Length == 0)
            return;

        report.Load(0, checkpoint.TextEncoder, cancellation);
        report.Phase(0, CascadePhase.Encode, checkpoint.TextEncoder.Name, () =>
        {
            foreach (var (text, encoded) in checkpoint.TextEncoder.Load().EncodeTexts(missing, clean, cancellation))
            {
                using (encoded)
                    rows[text] = encoded with { States = encoded.States.to(TorchSharp.torch.CPU, copy: true).DetachFromDisposeScope() };
            }

            return true;
        });
        reuse?.KeepSoon(missing.Select(t => (tokenizer!.Encode(t, clean), rows[t].States)));
    }

    private static void Find(Dictionary<string, EncodedText> rows, IReadOnlyList<string> texts, bool clean, PromptTokenizer tokenizer, EmbeddingReuse reuse)
    {
        foreach (var text in texts)
        {
            var tokens = tokenizer.Encode(text, clean);
            if (reuse.Find(tokens) is { } states)
                rows[text] = new(states.DetachFromDisposeScope(), PromptTokenizer.CutOf(text, tokens));
        }
    }
}
