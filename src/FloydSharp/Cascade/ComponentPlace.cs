using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>Where a component of a cascade lies.</summary>
/// <param name="Stage">1 to 3; 0 for T5 and its tokenizer.</param>
/// <param name="Name">What manifests call it, such as <c>stage1/unet</c>.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Load">Chooses among variants of its weights.</param>
internal sealed record ComponentPlace(int Stage, string Name, string Folder, LoadOptions Load)
{
    /// <summary>The components of a stage's checkpoint that decide its pictures, and T5 where the checkpoint is asked for it.</summary>
    public static IEnumerable<ComponentPlace> Of(int stage, CheckpointFolder checkpoint, CascadeOptions options)
    {
        List<string> names = stage == 3
            ? ["unet", "vae", "scheduler", "low_res_scheduler", "text_encoder", "tokenizer"]
            : ["unet", "scheduler", "image_noising_scheduler"];
        if (stage < 3 && options.SafetyChecker && checkpoint.Has("safety_checker"))
            names.AddRange(["safety_checker", "feature_extractor"]);
        foreach (var name in names.Where(checkpoint.Has))
        {
            var own = stage == 3 && name == "tokenizer" ? options.ClipTokenizerFolder : null;
            yield return new(stage, $"stage{stage}/{name}", own ?? checkpoint.Component(name), options.Load);
        }

        if (stage < 3 && options.Watermark && (options.WatermarkerFolder ?? (checkpoint.Has("watermarker") ? checkpoint.Component("watermarker") : null)) is { } mark)
            yield return new(stage, $"stage{stage}/watermarker", mark, new());
    }

    /// <summary>T5 and its tokenizer.</summary>
    public static IEnumerable<ComponentPlace> OfText(CheckpointFolder checkpoint, CascadeOptions options)
    {
        yield return new(0, "text_encoder", options.TextEncoderFolder ?? Path.Combine(checkpoint.Path, "text_encoder"), options.TextEncoderLoad ?? options.Load);
        yield return new(0, "tokenizer", options.TokenizerFolder ?? Path.Combine(checkpoint.Path, "tokenizer"), options.Load);
    }
}
