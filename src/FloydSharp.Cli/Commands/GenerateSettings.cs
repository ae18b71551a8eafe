using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd generate</c> can be told.</summary>
internal sealed class GenerateSettings : CascadeVerbSettings
{
    private const int MaxCount = 1000;

    private readonly Argument<string[]> _prompts;
    private readonly Option<string[]> _negative;
    private readonly Option<bool> _noCleanCaption;
    private readonly Option<string?> _embeddings, _saveEmbeddings;
    private readonly Option<string?> _seed, _count, _size, _aspect;
    private readonly Option<bool> _reseedStages;
    private readonly Option<string?> _steps, _guidance, _scheduler, _timesteps, _noiseLevel;
    private readonly Option<string?> _device, _dtype;
    private readonly Option<bool> _tiledDecode, _noSafetyChecker, _noWatermark;
    private readonly Option<string?> _out;
    private readonly Option<bool> _json, _quiet;

    public GenerateSettings()
    {
        _prompts = Arguments("PROMPT", "What to make. Several prompts are made together. One that begins with a dash goes after --.");

        DeclareModels();

        Section("Text");
        _negative = Values("--negative", "TEXT", "What to steer away from: once for all prompts, or once per prompt.");
        _noCleanCaption = Flag("--no-clean-caption", "Give the prompt to T5 as it is instead of cleaned like the training captions.");
        _embeddings = Value("--embeddings", "FILE", "Use a file of floyd encode instead of loading the text encoder.");
        _saveEmbeddings = Value("--save-embeddings", "FILE", "Keep the embeddings for later runs.");

        Section("Pictures");
        _seed = Value("--seed", "N", "Where the noise starts (default: a random one, which is printed). Same seed, same bytes.");
        _count = Value("--count", "N", "Pictures per prompt (default: 1).");
        _reseedStages = Flag("--reseed-stages", "Start each stage anew from the seed, so that its noise does not depend on the stages before.");
        _size = Value("--size", "WxH", "Size of the last stage's picture, such as 1024x768 (default: as the checkpoints were trained).");
        _aspect = Value("--aspect", "W:H", "Shape of the picture, such as 3:2, with about the usual number of pixels.");

        Section("Sampling (one value for all stages, or one per stage: 50,30,20; - keeps a stage's default)");
        _steps = Value("--steps", "N[,N,N]", "Denoising steps (default: cascade.json's, else 100,50,75).");
        _guidance = Value("--guidance", "W[,W,W]", "How closely the prompt is followed; 1 switches guidance off (default: cascade.json's, else 7,4,9).");
        _scheduler = Value("--scheduler", "NAME[,..]", "ddpm, ddim, dpm++, dpm++3 or sde-dpm++ (default: cascade.json's, else the checkpoint's).");
        _timesteps = Value("--timesteps", "LIST[/..]", "Timesteps instead of --steps, stage I first, stages separated by a slash: fast27, smart27, smart50, smart100, smart185, super27, super40, super100, ddim50, respace:20,20,10 or falling numbers 999,500,0.");
        _noiseLevel = Value("--noise-level", "II[,III]", "Noise on the small picture before it is enlarged: 0 to 999 for stage II, 0 to 350 for stage III (default: cascade.json's, else 250,20).");

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

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("the small models that come with floyd", "floyd generate \"a red boat at sea\""),
        ("all three stages of DeepFloyd IF", "floyd generate \"a photo of an astronaut riding a horse\" --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler"),
        ("four wide pictures of one stage with a fast schedule", "floyd generate \"a red panda\" --stage1 IF-I-M --count 4 --aspect 3:2 --timesteps fast27"),
        ("steps, guidance and scheduler per stage, on the second GPU", "floyd generate \"a red panda\" --stage1 IF-I-XL --stage2 IF-II-L --steps 50,30 --guidance 7,4 --scheduler dpm++,- --device cuda:1"),
        ("encode once, generate many times without the text encoder", "floyd encode \"a red panda\" --stage1 IF-I-XL --out panda.safetensors"),
        ("", "floyd generate --embeddings panda.safetensors --stage1 IF-I-XL --seed 7 --json"),
    ];

    public IReadOnlyList<string> Prompts => Get(_prompts);

    public string? EmbeddingsFile => Get(_embeddings);

    public string? SaveEmbeddingsFile => Get(_saveEmbeddings);

    public string OutFolder => Get(_out) ?? "floyd-out";

    public bool Json => Get(_json);

    public bool Quiet => Get(_quiet);

    /// <summary>The seed that was given; null asks for a random one.</summary>
    public long? Seed => Get(_seed) is { } text ? Numbers.Long("--seed", text, 0, long.MaxValue) : null;

    /// <summary>Pictures per prompt.</summary>
    public int Count => Get(_count) is { } count ? Numbers.Whole("--count", count, 1, MaxCount) : 1;

    /// <summary>Whether the prompt goes to T5 cleaned.</summary>
    public bool CleanCaption => !Get(_noCleanCaption);

    /// <summary>Negative prompts.</summary>
    public IReadOnlyList<string> NegativePrompts => Get(_negative);

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

    /// <summary>What to make, except for size and embeddings.</summary>
    /// <param name="models">The stages with their settings.</param>
    /// <param name="seed">The seed.</param>
    public CascadeRequest ToRequest(ChosenModels models, long seed)
    {
        var stages = models.StageCount;
        var steps = StageValues.Split("--steps", Get(_steps), stages);
        var guidance = StageValues.Split("--guidance", Get(_guidance), stages);
        var schedulers = StageValues.Split("--scheduler", Get(_scheduler), stages);
        var timesteps = StageValues.SplitFrom(1, "--timesteps", Get(_timesteps), stages, '/');
        var noise = StageValues.SplitFrom(2, "--noise-level", Get(_noiseLevel), stages);
        var request = models.Request with
        {
            Prompts = Prompts,
            NegativePrompts = NegativePrompts,
            CleanCaption = CleanCaption,
            Seed = seed,
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

    /// <summary>Stage I's size; null where neither size nor shape was asked for.</summary>
    public (int Width, int Height)? SizeOn(Func<SizeGrid> grid) => (Get(_size), Get(_aspect)) switch
    {
        (null, null) => null,
        ({ } size, null) => grid().FromSize(size),
        (null, { } aspect) => grid().FromAspect(aspect),
        _ => throw new FloydException("--size and --aspect exclude each other; give one of them."),
    };
}
