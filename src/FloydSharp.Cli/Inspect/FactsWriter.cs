using System.Globalization;
using FloydSharp.Cascade;
using FloydSharp.Cli.Output;

namespace FloydSharp.Cli.Inspect;

/// <summary>Facts as text for people.</summary>
internal static class FactsWriter
{
    /// <summary>Writes what is known of a checkpoint.</summary>
    public static void Write(CheckpointFacts facts, Columns columns)
    {
        columns.Row("checkpoint", facts.Path);
        columns.Row("pipeline", facts.ClassName);
        var weights = facts.Components.SelectMany(c => c.Weights.Take(1)).ToList();
        columns.Row("weights", $"{Units.Count(weights.Sum(w => w.Parameters))} parameters, {Units.Bytes(weights.Sum(w => w.Bytes))}");
        foreach (var component in facts.Components)
        {
            columns.Line("");
            Write(component, columns);
        }
    }

    /// <summary>Writes what is known of a component.</summary>
    public static void Write(ComponentFacts facts, Columns columns)
    {
        columns.Row(facts.Name, facts.ClassName.Length > 0 ? facts.ClassName : "(no class named)");
        var inner = columns.Inner();
        foreach (var weights in facts.Weights)
            Write(weights, inner);
        foreach (var (key, value) in facts.Config)
            inner.Row(key, value);
        foreach (var problem in facts.Problems)
            inner.Row("PROBLEM", problem);
    }

    /// <summary>Writes what is known of a safetensors file.</summary>
    public static void Write(WeightFileFacts facts, Columns columns)
    {
        columns.Row("file", facts.Path);
        Write(facts.Weights, columns);
        foreach (var (key, value) in facts.Metadata)
            columns.Row($"metadata {key}", value);
        columns.Line("");
        foreach (var tensor in facts.Tensors)
            columns.Line($"{tensor.DType,-5} {"[" + string.Join(", ", tensor.Shape) + "]",-24} {Units.Bytes(tensor.Bytes),8}  {tensor.Name}");
        if (facts.Tensors.Count < facts.Weights.Tensors)
            columns.Line($"... and {facts.Weights.Tensors - facts.Tensors.Count} more; --all lists them");
    }

    /// <summary>Writes what is known of a picture.</summary>
    public static void Write(PictureFacts facts, Columns columns)
    {
        columns.Row("picture", facts.Path);
        columns.Row("size", $"{facts.Width}x{facts.Height}");
        if (facts.Info is { } info)
            Write(info, columns);
        else
            columns.Row("settings", "none: floyd did not make it, or its text was removed");
        foreach (var (key, value) in facts.Texts)
            columns.Row($"text {key}", value);
    }

    private static void Write(PictureInfo info, Columns columns)
    {
        columns.Row("prompt", info.Prompt);
        if (info.NegativePrompt.Length > 0)
            columns.Row("negative prompt", info.NegativePrompt);
        if (info.StylePrompt is { Length: > 0 } style)
            columns.Row("style", style);
        if (info.Profile is { } profile)
            columns.Row("profile", profile);
        columns.Row("seed", info.Seed.ToString(CultureInfo.InvariantCulture) + (info.ReseedStages ? ", each stage anew" : ""));
        columns.Row("made by stage", $"{info.Stage}, picture {info.Index} of a batch of {info.BatchSize}");
        foreach (var stage in info.Stages)
        {
            var noise = stage.NoiseLevel is { } level ? $", noise level {level}" : "";
            columns.Row($"stage {stage.Stage}", string.Create(
                CultureInfo.InvariantCulture, $"{stage.Checkpoint}, {stage.Scheduler}, {stage.Steps} steps, guidance {stage.GuidanceScale}{noise}, {stage.DType} on {stage.Device}"));
        }

        if (info.NsfwDetected is { } nsfw)
            columns.Row("unsafe content", nsfw ? "yes" : "no");
        if (info.WatermarkDetected is { } mark)
            columns.Row("stock watermark", mark ? "yes" : "no");
    }

    private static void Write(WeightFacts weights, Columns columns)
    {
        var dtypes = string.Join(", ", weights.DTypes.Select(d => $"{d.Value} {d.Key}"));
        var int8 = weights.Int8 > 0 ? $", {weights.Int8} weights in 8 bits with scales" : "";
        var shards = weights.Files.Count > 1 ? $", {weights.Files.Count} shards" : "";
        columns.Row(
            weights.Variant.Length > 0 ? $"weights {weights.Variant}" : "weights",
            $"{Units.Count(weights.Parameters)} parameters, {Units.Bytes(weights.Bytes)}, {weights.Tensors} {(weights.Tensors == 1 ? "tensor" : "tensors")} ({dtypes}){int8}{shards}");
    }
}
