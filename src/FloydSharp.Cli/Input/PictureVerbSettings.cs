using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Pipelines;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Input;

/// <summary>Verbs that make pictures: what generate, vary, inpaint and upscale can be told alike.</summary>
internal abstract class PictureVerbSettings : CascadeVerbSettings
{
    private const int MaxCount = 1000;

    private Argument<string[]> _prompts = null!;
    private Option<string[]> _negative = null!;
    private Option<string?> _embeddings = null!, _saveEmbeddings = null!;
    private Option<bool> _noCleanCaption = null!, _reseedStages = null!, _tiledDecode = null!, _noSafetyChecker = null!, _noWatermark = null!, _json = null!, _quiet = null!;
    private Option<string?> _seed = null!, _count = null!, _steps = null!, _guidance = null!, _scheduler = null!, _timesteps = null!, _noiseLevel = null!;
    private Option<string?> _device = null!, _dtype = null!, _out = null!;

    /// <summary>Prompts.</summary>
    public IReadOnlyList<string> Prompts => Get(_prompts);

    /// <summary>A file with embeddings to use, or null.</summary>
    public string? EmbeddingsFile => Get(_embeddings);

    /// <summary>A file to keep the embeddings in, or null.</summary>
    public string? SaveEmbeddingsFile => Get(_saveEmbeddings);

    /// <summary>Negative prompts.</summary>
    public IReadOnlyList<string> NegativePrompts => Get(_negative);

    /// <summary>Whether the prompt goes to T5 cleaned.</summary>
    public bool CleanCaption => !Get(_noCleanCaption);

    /// <summary>The seed that was given; null asks for a random one.</summary>
    public long? Seed => Get(_seed) is { } text ? Numbers.Long("--seed", text, 0, long.MaxValue) : null;

    /// <summary>Pictures per prompt.</summary>
    public int Count => Get(_count) is { } count ? Numbers.Whole("--count", count, 1, MaxCount) : 1;

    /// <summary>Where pictures go.</summary>
    public string OutFolder => Get(_out) ?? "floyd-out";

    /// <summary>Whether results are one JSON object.</summary>
    public bool Json => Get(_json);

    /// <summary>Whether progress is hidden.</summary>
    public bool Quiet => Get(_quiet);

    /// <summary>Checkpoints and machine. Loads libtorch to see which devices there are.</summary>
    public CascadeOptions ToCascadeOptions(ChosenModels models) => models.Options with
    {
        SafetyChecker = !Get(_noSafetyChecker),
        Watermark = !Get(_noWatermark),
        Load = new LoadOptions
        {
            DType = Get(_dtype) is { } dtype ? TensorDTypes.Parse(dtype) : null,
            Variant = Variant,
            Device = DeviceText.Parse(Get(_device) ?? "auto"),
        },
    };

    /// <summary>What to make: the verb's own request, the models' settings over it, and the command line's over both.</summary>
    /// <param name="own">The verb's request with its defaults.</param>
    /// <param name="models">The stages with their settings.</param>
    protected CascadeRequest Sample(CascadeRequest own, ChosenModels models)
    {
        var stages = models.StageCount;
        var steps = StageValues.Split("--steps", Get(_steps), stages);
        var guidance = StageValues.Split("--guidance", Get(_guidance), stages);
        var schedulers = StageValues.Split("--scheduler", Get(_scheduler), stages);
        var timesteps = StageValues.SplitFrom(1, "--timesteps", Get(_timesteps), stages, '/');
        var noise = StageValues.SplitFrom(2, "--noise-level", Get(_noiseLevel), stages);
        var request = models.Settle(own) with
        {
            NegativePrompts = NegativePrompts,
            CleanCaption = CleanCaption,
            ReseedStages = Get(_reseedStages),
            ImagesPerPrompt = Count,
        };
        var names = request.SchedulerNames;
        return request with
        {
            SchedulerNames = (schedulers.ElementAtOrDefault(0) ?? names.Stage1, schedulers.ElementAtOrDefault(1) ?? names.Stage2, schedulers.ElementAtOrDefault(2) ?? names.Stage3),
            Stage1 = Sampling(request.Stage1, 0),
            Stage2 = Sampling(request.Stage2, 1) with { NoiseLevel = NoiseLevel(0, 999) ?? request.Stage2.NoiseLevel },
            Stage3 = Sampling(request.Stage3, 2) with { NoiseLevel = NoiseLevel(1, 999) ?? request.Stage3.NoiseLevel, Decode = Get(_tiledDecode) ? new() { Slicing = true, Tiling = true } : null },
        };

        T Sampling<T>(T options, int stage)
            where T : DiffusionOptions => options with
            {
                NumInferenceSteps = steps.ElementAtOrDefault(stage) is { } n ? Numbers.Whole("--steps", n, 1, 1000) : options.NumInferenceSteps,
                GuidanceScale = guidance.ElementAtOrDefault(stage) is { } w ? Numbers.Real("--guidance", w) : options.GuidanceScale,
                Timesteps = timesteps[stage] is { } list ? TimestepText.Parse(list) : null,
            };

        int? NoiseLevel(int index, int max) => noise[index] is { } text ? Numbers.Whole("--noise-level", text, 0, max) : null;
    }

    /// <summary>Declares the prompts.</summary>
    /// <param name="description">What they say.</param>
    protected void DeclarePrompts(string description) =>
        _prompts = Arguments("PROMPT", $"{description} Several prompts are made together. One that begins with a dash goes after --.");

    /// <summary>Declares the section about text.</summary>
    protected void DeclareText()
    {
        Section("Text");
        _negative = Values("--negative", "TEXT", "What to steer away from: once for all prompts, or once per prompt.");
        _noCleanCaption = Flag("--no-clean-caption", "Give the prompt to T5 as it is instead of cleaned like the training captions.");
        _embeddings = Value("--embeddings", "FILE", "Use a file of floyd encode instead of loading the text encoder.");
        _saveEmbeddings = Value("--save-embeddings", "FILE", "Keep the embeddings for later runs.");
    }

    /// <summary>Begins the section about pictures.</summary>
    protected void DeclarePictures()
    {
        Section("Pictures");
        _seed = Value("--seed", "N", "Where the noise starts (default: a random one, which is printed). Same seed, same bytes.");
        _count = Value("--count", "N", "Pictures per prompt (default: 1).");
        _reseedStages = Flag("--reseed-stages", "Start each stage anew from the seed, so that its noise does not depend on the stages before.");
    }

    /// <summary>Declares the section about sampling.</summary>
    /// <param name="steps">The verb's steps, for the help text.</param>
    /// <param name="guidance">Its guidance scales.</param>
    /// <param name="noiseLevel">Its noise levels.</param>
    protected void DeclareSampling(string steps, string guidance, string noiseLevel)
    {
        Section("Sampling (one value for all stages, or one per stage: 50,30,20; - keeps a stage's default)");
        _steps = Value("--steps", "N[,N,N]", $"Denoising steps (default: cascade.json's, else {steps}).");
        _guidance = Value("--guidance", "W[,W,W]", $"How closely the prompt is followed; 1 switches guidance off (default: cascade.json's, else {guidance}).");
        _scheduler = Value("--scheduler", "NAME[,..]", "ddpm, ddim, dpm++, dpm++3 or sde-dpm++ (default: cascade.json's, else the checkpoint's).");
        _timesteps = Value("--timesteps", "LIST[/..]", "Timesteps instead of --steps, stage I first, stages separated by a slash: fast27, smart27, smart50, smart100, smart185, super27, super40, super100, ddim50, respace:20,20,10 or falling numbers 999,500,0.");
        _noiseLevel = Value("--noise-level", "II[,III]", $"Noise on the small picture before it is enlarged: 0 to 999 for stage II, 0 to 350 for stage III (default: cascade.json's, else {noiseLevel}).");
    }

    /// <summary>Declares the sections about machine, safety and output.</summary>
    protected void DeclareMachineAndOutput()
    {
        Section("Machine");
        _device = Value("--device", "NAME", "cpu, cuda, cuda:1 or auto (default: auto, a GPU where there is one).");
        _dtype = Value("--dtype", "NAME", "float32, float16 or bfloat16 (default: float32 on the CPU, float16 on a GPU).");
        _tiledDecode = Flag("--tiled-decode", "Decode stage III in tiles: less memory, a little slower.");

        Section("Safety");
        _noSafetyChecker = Flag("--no-safety-checker", "Do not look for unsafe content.");
        _noWatermark = Flag("--no-watermark", "Do not draw the models' watermark.");

        Section("Output");
        _out = Value("--out", "FOLDER", "Where the PNG files go, one per stage and picture; nothing is overwritten (default: floyd-out).");
        _json = Flag("--json", "Print one JSON object at the end instead of the paths.");
        _quiet = Flag("--quiet", "No progress on stderr; warnings stay.");
    }
}
