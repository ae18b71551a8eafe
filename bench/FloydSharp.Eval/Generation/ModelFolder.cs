using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.Weights;

namespace FloydSharp.Eval.Generation;

/// <summary>A folder of models, opened, and how it is sampled.</summary>
/// <param name="Cascade">Its stages; owned by whoever opened it.</param>
/// <param name="Options">The stages' folders.</param>
/// <param name="Request">The settings; prompts and seeds are added.</param>
internal sealed record ModelFolder(IFCascade Cascade, CascadeOptions Options, CascadeRequest Request) : IDisposable
{
    /// <summary>Opens a folder with cascade.json, or with stage1, and stage2 and stage3 where they are complete.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="last">Last stage that is wanted, 1 to 3.</param>
    /// <param name="load">Device and dtype.</param>
    /// <exception cref="FloydException">There is no stage I, or a checkpoint is damaged.</exception>
    public static ModelFolder Open(string folder, int last, LoadOptions load)
    {
        if (CascadeModels.Exist(folder))
        {
            var models = CascadeModels.Open(folder);
            var listed = models.ToOptions(Math.Min(last, models.Stages.Count)) with { Load = load };
            return new(IFCascade.Open(listed), listed, models.ToRequest());
        }

        string? Stage(int number)
        {
            var path = Path.Combine(folder, $"stage{number}");
            return number <= last && File.Exists(Path.Combine(path, "model_index.json")) ? path : null;
        }

        var two = Stage(2);
        var options = new CascadeOptions
        {
            Stage1 = Stage(1) ?? throw new FloydException($"The folder '{folder}' has no stage1/model_index.json; expected the folder that holds stage1, stage2 and stage3."),
            Stage2 = two,
            Stage3 = two is null ? null : Stage(3),
            Load = load,
        };
        return new(IFCascade.Open(options), options, new());
    }

    /// <inheritdoc/>
    public void Dispose() => Cascade.Dispose();
}
