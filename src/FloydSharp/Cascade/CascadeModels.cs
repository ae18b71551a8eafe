using FloydSharp.IO;
using FloydSharp.IO.Json;
using FloydSharp.IO.Safetensors;
using FloydSharp.Schedulers;

namespace FloydSharp.Cascade;

/// <summary>
/// A folder with the checkpoints of a cascade and <c>cascade.json</c>, which lists the stages and the settings they are
/// best sampled with. The file is checked like all that comes from outside; its paths stay inside the folder.
/// </summary>
/// <example><code>
/// var models = CascadeModels.Open("models");
/// using var cascade = IFCascade.Open(models.ToOptions());
/// using var result = cascade.Generate(models.ToRequest() with { Prompts = ["a red boat"], Seed = 1 });
/// </code></example>
public sealed class CascadeModels
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "cascade.json";

    private const int MaxStages = 3;

    private CascadeModels(string folder, IReadOnlyList<StageModel> stages, string? watermarker) =>
        (Folder, Stages, WatermarkerFolder) = (folder, stages, watermarker);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>One to three stages, the first being stage I.</summary>
    public IReadOnlyList<StageModel> Stages { get; }

    /// <summary>The folder of the watermark of all stages' pictures; null leaves it to the checkpoints.</summary>
    public string? WatermarkerFolder { get; }

    /// <summary>Whether a folder holds the file.</summary>
    public static bool Exist(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Opens a folder; reads <c>cascade.json</c> and looks whether the checkpoints it lists are there.</summary>
    /// <exception cref="FloydException">The folder or the file is missing, a key or value is not supported, or a checkpoint is missing.</exception>
    public static CascadeModels Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new FloydException($"The folder of models {folder} does not exist; give a folder that holds {FileName}.");
        if (!Exist(folder))
            throw new FloydException($"The folder of models {folder} holds no {FileName}, which lists a cascade's stages; give a folder that does, or the stages' folders one by one.");

        var file = ConfigFile.Load(folder, FileName);
        file.RejectUnknownKeys(CascadeManifestJson.Default.CascadeManifest);
        var manifest = file.Read(CascadeManifestJson.Default.CascadeManifest, new());
        var check = new ConfigCheck(file.Source);
        check.Require(manifest.Version == CascadeManifest.Known, "version", manifest.Version, $"{CascadeManifest.Known}, the only version this program reads");
        check.Require(manifest.Stages.Count is >= 1 and <= MaxStages, "the number of stages", manifest.Stages.Count, $"1 to {MaxStages}");

        List<StageModel> stages = [];
        foreach (var values in manifest.Stages)
        {
            check.Require(values is not null, "stages", null, "a list, each entry an object");
            stages.Add(ReadStage(folder, file.Section(values!, $"stage {stages.Count + 1}"), stages.Count + 1));
        }

        var watermarker = manifest.Watermarker is { } mark ? Inside(folder, mark, "watermarker", check) : null;
        check.Require(watermarker is null || Directory.Exists(watermarker), "watermarker", manifest.Watermarker, "a folder that exists");
        return new(folder, stages, watermarker);
    }

    /// <summary>The checkpoints as a cascade takes them.</summary>
    /// <param name="stages">How many stages; null for all that are listed.</param>
    /// <exception cref="FloydException">So many are not listed.</exception>
    public CascadeOptions ToOptions(int? stages = null)
    {
        var count = stages ?? Stages.Count;
        if (count < 1 || count > Stages.Count)
            throw new FloydException($"{count} stages were asked for; {Path.Combine(Folder, FileName)} lists {Stages.Count}.");
        return new()
        {
            Stage1 = Stages[0].Folder,
            Stage2 = count >= 2 ? Stages[1].Folder : null,
            Stage3 = count >= 3 ? Stages[2].Folder : null,
            WatermarkerFolder = WatermarkerFolder,
        };
    }

    /// <summary>The listed settings, and the pipelines' where none are listed; add prompts and a seed.</summary>
    public CascadeRequest ToRequest() => ApplyTo(new());

    /// <summary>A request with the listed settings in the place of its own, such as one of <see cref="CascadeRequest.Vary"/>.</summary>
    public CascadeRequest ApplyTo(CascadeRequest request)
    {
        var (one, two, three) = (Stages[0], Stages.ElementAtOrDefault(1), Stages.ElementAtOrDefault(2));
        return request with
        {
            Stage1 = request.Candidates is null ? one.ApplyTo(request.Stage1) : request.Stage1,
            Stage2 = two is null ? request.Stage2 : two.ApplyTo(request.Stage2) with { NoiseLevel = two.NoiseLevel ?? request.Stage2.NoiseLevel },
            Stage3 = three is null ? request.Stage3 : three.ApplyTo(request.Stage3) with { NoiseLevel = three.NoiseLevel ?? request.Stage3.NoiseLevel },
            SchedulerNames = (request.Candidates is null ? one.Scheduler : request.SchedulerNames.Stage1, two?.Scheduler, three?.Scheduler),
            SchedulerOverrides = (request.Candidates is null ? one.SchedulerOverrides : request.SchedulerOverrides.Stage1, two?.SchedulerOverrides, three?.SchedulerOverrides),
        };
    }

    /// <summary>The same with another checkpoint for a stage, which is sampled as the pipeline does by itself; the checkpoints then bring their own watermarks.</summary>
    /// <param name="stage">1 to 3; 3 at most one above the number of stages.</param>
    /// <param name="folder">The checkpoint's folder; not looked at here.</param>
    /// <exception cref="FloydException">A stage between is missing.</exception>
    public CascadeModels With(int stage, string folder)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stage, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stage, MaxStages);
        if (stage > Stages.Count + 1)
            throw new FloydException($"A checkpoint is given for stage {stage}, but {Path.Combine(Folder, FileName)} ends with stage {Stages.Count}; give one for stage {Stages.Count + 1} too.");
        var model = new StageModel { Folder = folder };
        return new(Folder, [.. Stages.Take(stage - 1), model, .. Stages.Skip(stage)], null);
    }

    private static StageModel ReadStage(string folder, ConfigFile file, int number)
    {
        file.RejectUnknownKeys(CascadeManifestJson.Default.CascadeManifestStage);
        var stage = file.Read(CascadeManifestJson.Default.CascadeManifestStage, new());
        var check = new ConfigCheck(file.Source);
        var path = Inside(folder, stage.Folder, "folder", check);
        check.Require(
            File.Exists(Path.Combine(path, "model_index.json")), "folder", stage.Folder, "a folder with model_index.json: complete the checkpoint, or take the stage out of the list");
        if (stage.Scheduler is not null)
            check.OneOf("scheduler", stage.Scheduler, [.. SchedulerFactory.Names]);
        check.Range("steps", stage.Steps, 1, 1000);
        check.Range("guidance", stage.Guidance, 0, 100);
        check.Range("noise_level", stage.NoiseLevel, 0, 999);
        check.Require(stage.NoiseLevel is null || number > 1, "noise_level", stage.NoiseLevel, "none, because stage I enlarges nothing");
        check.Require(stage.KeepColours is null || number > 1, "keep_colours", stage.KeepColours, "none, because stage I enlarges nothing");
        return new()
        {
            Folder = path,
            Scheduler = stage.Scheduler,
            SchedulerOverrides = stage.SchedulerConfig is { } values ? SchedulerOverrides.Read(file.Section(values, "scheduler_config")) : null,
            Steps = stage.Steps,
            GuidanceScale = stage.Guidance,
            NoiseLevel = stage.NoiseLevel,
            KeepColours = stage.KeepColours,
        };
    }

    // Only names joined by slashes: no roots, no drives, no way up, the same on all systems.
    private static string Inside(string folder, string path, string key, ConfigCheck check)
    {
        var names = path.Split('/');
        check.Require(names.All(FileNames.IsPlain), key, path, "a folder inside this one, such as stage1, its names joined by /");
        return Path.Combine([folder, .. names]);
    }
}
