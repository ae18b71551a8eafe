using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cascade.Runs;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Planning;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Input;

/// <summary>Verbs that make pictures: what generate, vary, inpaint and upscale can be told alike.</summary>
internal abstract class PictureVerbSettings : CascadeVerbSettings
{
    private const int MaxCount = 1000, MaxCandidates = 1000;

    private Argument<string[]> _prompts = null!;
    private Option<string[]> _negative = null!, _style = null!;
    private Option<string?> _embeddings = null!, _saveEmbeddings = null!;
    private Option<bool> _noEmbeddingCache = null!;
    private Option<bool> _noCleanCaption = null!, _reseedStages = null!, _tiledDecode = null!, _noSafetyChecker = null!, _noWatermark = null!, _json = null!, _quiet = null!, _sharedNoise = null!, _manifest = null!;
    private Option<string?> _seed = null!, _count = null!, _steps = null!, _guidance = null!, _scheduler = null!, _timesteps = null!, _noiseLevel = null!;
    private Option<string?> _styleMix = null!, _thresholdRatio = null!, _thresholdMax = null!, _keepColours = null!, _profile = null!;
    private Option<string?>? _candidates, _pick, _candidatesFile;
    private Option<string?> _ram = null!, _vram = null!;
    private Option<string?> _device = null!, _dtype = null!, _quantize = null!, _threads = null!, _out = null!, _keepState = null!;

    /// <summary>Prompts.</summary>
    public IReadOnlyList<string> Prompts => Get(_prompts) is { Count: 0 } && StyleIsPrompt ? Styles : Get(_prompts);

    /// <summary>Styles that are mixed in.</summary>
    public IReadOnlyList<string> Styles => Get(_style);

    /// <summary>A file with embeddings to use, or null.</summary>
    public string? EmbeddingsFile => Get(_embeddings);

    /// <summary>A file to keep the embeddings in, or null.</summary>
    public string? SaveEmbeddingsFile => Get(_saveEmbeddings);

    /// <summary>Whether texts that were encoded before are taken from the cache.</summary>
    public bool UsesEmbeddingCache => !Get(_noEmbeddingCache);

    /// <summary>Negative prompts.</summary>
    public IReadOnlyList<string> NegativePrompts => Get(_negative);

    /// <summary>Whether the prompt is to reach T5 as it is.</summary>
    public bool NoCleanCaption => Get(_noCleanCaption);

    /// <summary>What the verb behaves like.</summary>
    public BehaviourProfile Profile => ProfileOr(null);

    /// <summary>The seed that was given; null asks for a random one.</summary>
    public long? Seed => Get(_seed) is { } text ? Numbers.Long("--seed", text, 0, long.MaxValue) : null;

    /// <summary>Pictures per prompt.</summary>
    public int Count => Get(_count) is { } count ? Numbers.Whole("--count", count, 1, MaxCount) : 1;

    /// <summary>How many candidates to make; null for finished pictures.</summary>
    public int? CandidateCount => GetDeclared(_candidates) is { } text ? Numbers.Whole("--candidates", text, 1, MaxCandidates) : null;

    /// <summary>Which candidates to enlarge; null to make new pictures.</summary>
    public IReadOnlyList<int>? Pick => GetDeclared(_pick) is { } text ? CandidatesText.Numbers(text) : null;

    /// <summary>The file of candidates; null for the newest.</summary>
    public string? CandidatesFile => GetDeclared(_candidatesFile);

    /// <summary>What cannot be given with <c>--pick</c>, because stage I or the request as a whole has decided it.</summary>
    protected virtual IEnumerable<Option> DecidedByCandidates => [_negative, _style, _noCleanCaption, _embeddings, _saveEmbeddings, _seed, _count, _reseedStages, _sharedNoise];

    /// <summary>Whether all pictures are made together from one generator, as the reference does.</summary>
    public bool SharedNoise => Get(_sharedNoise) || Profile.SharedNoise;

    /// <summary>Whether what a picture says about itself is also written beside it.</summary>
    public bool Manifest => Get(_manifest);

    /// <summary>How often the run keeps its state; null for never.</summary>
    public RunSaving? Saving => KeepStateText.Parse(Get(_keepState));

    /// <summary>Where pictures go.</summary>
    public string OutFolder => Get(_out) ?? "floyd-out";

    /// <summary>Whether results are one JSON object.</summary>
    public bool Json => Get(_json);

    /// <summary>Whether progress is hidden.</summary>
    public bool Quiet => Get(_quiet);

    /// <summary>Whether a style stands for a prompt that is not given.</summary>
    protected virtual bool StyleIsPrompt => false;

    /// <summary>Checkpoints and machine. Loads libtorch to see which devices there are.</summary>
    /// <param name="models">The models.</param>
    /// <param name="profile">The profile where none is given; null for the default one.</param>
    public CascadeOptions ToCascadeOptions(ChosenModels models, string? profile = null)
    {
        var load = QuantizeText.Apply(Get(_quantize), new LoadOptions
        {
            DType = Get(_dtype) is { } dtype ? TensorDTypes.Parse(dtype) : null,
            Variant = Variant,
            Device = Device(Get(_device) ?? "auto", Get(_vram) is not null),
        });
        return ProfileOr(profile).ApplyTo(models.Options) with
        {
            SafetyChecker = ProfileOr(profile).SafetyChecker && !Get(_noSafetyChecker),
            Watermark = !Get(_noWatermark),
            Threads = ThreadsText.Parse(Get(_threads)),
            Load = load,
            TextEncoderLoad = TextEncoderVariant is { } variant ? load with { Variant = variant } : null,
        };
    }

    /// <summary>
    /// What to make: the verb's own request, the models' settings over it, and the command line's over both. A profile that is
    /// asked for goes over the models' settings too; the default one does not.
    /// </summary>
    /// <param name="own">The verb's request with its defaults.</param>
    /// <param name="models">The stages with their settings.</param>
    /// <param name="line">Settings of a line of prompts, over the command line's; null for none.</param>
    protected CascadeRequest Sample(CascadeRequest own, ChosenModels models, PromptLine? line = null)
    {
        var stages = models.StageCount;
        var steps = StageValues.Split("--steps", line?.Steps ?? Get(_steps), stages);
        var guidance = StageValues.Split("--guidance", line?.Guidance ?? Get(_guidance), stages);
        var schedulers = StageValues.Split("--scheduler", line?.Scheduler ?? Get(_scheduler), stages);
        var timesteps = StageValues.SplitFrom(1, "--timesteps", line?.Timesteps ?? Get(_timesteps), stages, '/');
        var noise = StageValues.SplitFrom(2, "--noise-level", line?.NoiseLevel ?? Get(_noiseLevel), stages);
        var mix = StageValues.Split("--style-mix", Get(_styleMix), Math.Min(stages, 2));
        var ratio = StageValues.Split("--threshold-ratio", Get(_thresholdRatio), Math.Min(stages, 2));
        var most = StageValues.Split("--threshold-max", Get(_thresholdMax), Math.Min(stages, 2));
        var keepColours = OnOffText.Parse("--keep-colours", Get(_keepColours));
        var usual = own.Candidates is null ? null : own.Profile;
        var profile = ProfileOr(usual);
        var request = profile == BehaviourProfile.Floyd && Get(_profile) is null ? models.Settle(profile.ApplyTo(own)) : profile.ApplyTo(models.Settle(own));
        request = request with
        {
            NegativePrompts = line?.Negative is { } negative ? [negative] : NegativePrompts,
            StylePrompts = line?.Style is { } style ? [style] : Styles,
            CleanCaption = request.CleanCaption && !NoCleanCaption,
            ReseedStages = request.ReseedStages || Get(_reseedStages),
            ImagesPerPrompt = line?.Count is { } count ? Numbers.Whole("--count", count, 1, MaxCount) : Count,
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
                Timesteps = timesteps[stage] is { } list ? TimestepText.Parse(list) : steps.ElementAtOrDefault(stage) is null ? options.Timesteps : null,
                StyleMix = Number("--style-mix", mix, stage) ?? options.StyleMix,
                DynamicThresholdingRatio = Number("--threshold-ratio", ratio, stage),
                SampleMaxValue = Number("--threshold-max", most, stage),
                KeepColours = stage == 0 ? options.KeepColours : keepColours ?? options.KeepColours,
            };

        static double? Number(string option, IReadOnlyList<string?> values, int stage) => values.ElementAtOrDefault(stage) is { } text ? Numbers.Real(option, text) : null;

        int? NoiseLevel(int index, int max) => noise[index] is { } text ? Numbers.Whole("--noise-level", text, 0, max) : null;
    }

    private string? GetDeclared(Option<string?>? option) => option is null ? null : Get(option);

    private BehaviourProfile ProfileOr(string? usual) => BehaviourProfile.Find(Get(_profile) ?? usual ?? BehaviourProfile.Floyd.Name);

    /// <summary>Declares the prompts.</summary>
    /// <param name="description">What they say.</param>
    protected void DeclarePrompts(string description) =>
        _prompts = Arguments("PROMPT", $"{description} Several prompts are made together. One that begins with a dash goes after --.");

    /// <summary>Declares the section about text.</summary>
    protected void DeclareText()
    {
        Section("Text");
        _negative = Values("--negative", "TEXT", "What to steer away from: once for all prompts, or once per prompt.");
        _style = Values("--style", "TEXT", "A style to mix in at stages I and II, such as \"in the style of an oil painting\": once for all prompts, or once per prompt.");
        _styleMix = Value("--style-mix", "I[,II]", "How much of it, from 0 to 1 (default: 0.25,0.5).");
        _noCleanCaption = Flag("--no-clean-caption", "Give the prompt to T5 as it is instead of cleaned like the training captions.");
        _embeddings = Value("--embeddings", "FILE", "Use a file of floyd encode instead of loading the text encoder.");
        _saveEmbeddings = Value("--save-embeddings", "FILE", "Keep the embeddings for later runs.");
        _noEmbeddingCache = Flag("--no-embedding-cache", "Encode the prompt even where it was encoded before. Encoded texts are kept in FloydSharp's cache, under hashes that tell nothing of them.");
    }

    /// <summary>The names of the arguments that are given.</summary>
    protected virtual IEnumerable<string> ArgumentsGiven => Get(_prompts).Count > 0 ? ["PROMPT"] : [];

    /// <summary>Declares candidates.</summary>
    protected void DeclareCandidates()
    {
        _candidates = Value("--candidates", "N", "Make N pictures per prompt with stage I alone, a contact sheet with their numbers, and a file to enlarge some of them from later.");
        _pick = Value("--pick", "N[,N..]", "Enlarge these candidates by the later stages; stage I and the text encoder are not run again.");
        _candidatesFile = Value("--candidates-file", "FILE", "Which candidates --pick means (default: the newest of --out).");
    }

    /// <summary>Checks what goes with candidates.</summary>
    /// <exception cref="FloydException">Options exclude each other, or a number is none.</exception>
    public void CheckCandidates()
    {
        _ = CandidateCount;
        if (GetDeclared(_candidates) is not null && GetDeclared(_pick) is not null)
            throw new FloydException("--candidates and --pick exclude each other: make candidates first, look at them, then pick.");
        if (GetDeclared(_candidatesFile) is not null && GetDeclared(_pick) is null)
            throw new FloydException("--candidates-file goes with --pick; say which candidates to enlarge, such as --pick 2,5.");
        if (GetDeclared(_candidates) is not null && Get(_count) is not null)
            throw new FloydException("--candidates and --count exclude each other: both say how many pictures to make.");
        if (GetDeclared(_pick) is null)
            return;
        List<string> given = [.. ArgumentsGiven, .. DecidedByCandidates.Where(o => Parsed.GetResult(o) is { Implicit: false }).Select(o => o.Name)];
        if (given.Count > 0)
            throw new FloydException($"--pick goes on with candidates as they were made; leave out {string.Join(", ", given)}.");
    }

    /// <summary>What to make of candidates that were picked.</summary>
    /// <param name="chosen">One request for each of them.</param>
    /// <param name="models">The stages with their settings.</param>
    public IReadOnlyList<CascadeRequest> ToRequests(IReadOnlyList<CascadeRequest> chosen, ChosenModels models) => [.. chosen.Select(one =>
    {
        var sampled = Sample(one, models);
        return one with
        {
            Profile = sampled.Profile,
            Stage2 = sampled.Stage2,
            Stage3 = sampled.Stage3,
            SchedulerNames = (one.SchedulerNames.Stage1, sampled.SchedulerNames.Stage2, sampled.SchedulerNames.Stage3),
            SchedulerOverrides = (one.SchedulerOverrides.Stage1, sampled.SchedulerOverrides.Stage2, sampled.SchedulerOverrides.Stage3),
        };
    })];

    /// <summary>Begins the section about pictures.</summary>
    protected void DeclarePictures()
    {
        Section("Pictures");
        _seed = Value("--seed", "N", "Where the noise starts (default: a random one, which is printed). Same seed, same bytes.");
        _count = Value("--count", "N", "Pictures per prompt (default: 1). Each is made by itself from a seed of its own: N, N+1, ...");
        _reseedStages = Flag("--reseed-stages", "Start each stage anew from the seed, so that its noise does not depend on the stages before.");
        _sharedNoise = Flag("--shared-noise", "Make all pictures together from one generator, as the reference does: faster on a GPU, but each picture then depends on the others. The profiles of other programs do so too.");
    }

    /// <summary>Declares the section about sampling.</summary>
    /// <param name="steps">The verb's steps, for the help text.</param>
    /// <param name="guidance">Its guidance scales.</param>
    /// <param name="noiseLevel">Its noise levels.</param>
    protected void DeclareSampling(string steps, string guidance, string noiseLevel)
    {
        Section("Behaviour");
        _profile = Value("--profile", "NAME", "Caption cleaning, timesteps, guidance, noise, seeds, safety and watermarks as in another program: floyd (the default), deepfloyd (the original), diffusers-notebook or diffusers-call. One that is given goes over cascade.json.");

        Section("Sampling (one value for all stages, or one per stage: 50,30,20; - keeps a stage's default)");
        _steps = Value("--steps", "N[,N,N]", $"Denoising steps (default: cascade.json's, else {steps}).");
        _guidance = Value("--guidance", "W[,W,W]", $"How closely the prompt is followed; 1 switches guidance off (default: cascade.json's, else {guidance}).");
        _scheduler = Value("--scheduler", "NAME[,..]", "ddpm, ddim, dpm++, dpm++3 or sde-dpm++ (default: cascade.json's, else the checkpoint's).");
        _timesteps = Value("--timesteps", "LIST[/..]", "Timesteps instead of --steps, stage I first, stages separated by a slash: fast27, smart27, smart50, smart100, smart185, super27, super40, super100, ddim50, 20,20,10 (steps per part of the schedule, the last part first), 150 (so many from 999 to 0), or falling timesteps 999,500,0.");
        _noiseLevel = Value("--noise-level", "II[,III]", $"Noise on the small picture before it is enlarged: 0 to 999 for stage II, 0 to 350 for stage III (default: cascade.json's, else {noiseLevel}).");
        _keepColours = Value("--keep-colours", "on|off", "Whether stages II and III keep the small picture's coarse colours, which enlarging shifts a little (default: cascade.json's, else off, as in the reference).");
        _thresholdRatio = Value("--threshold-ratio", "I[,II]", "The quantile of dynamic thresholding, from 0 to 1: lower tames saturated colours (default: the checkpoint's, 0.95).");
        _thresholdMax = Value("--threshold-max", "I[,II]", "Its largest threshold, from 1 on (default: the checkpoint's, 1.5,1).");
    }

    /// <summary>What the run may use; null where nothing was said.</summary>
    /// <param name="load">The device.</param>
    public MemoryBudget? Budget(LoadOptions load)
    {
        var (ram, vram) = (Get(_ram), Get(_vram));
        if (ram is null && vram is null)
            return null;
        if (vram is not null && load.Device.type != TorchSharp.DeviceType.CUDA)
            throw new FloydException($"--vram {vram}: this run is on the CPU, which takes none; leave it out, or give --device cuda.");
        var asked = (Ram: ram is null ? (long?)null : ByteSize.Parse(ram, "--ram"), Vram: vram is null ? (long?)null : ByteSize.Parse(vram, "--vram"));
        var now = asked.Ram is null || (asked.Vram is null && load.Device.type == TorchSharp.DeviceType.CUDA) ? load.FreeNow() : null;
        return new(asked.Ram ?? now!.Ram, asked.Vram ?? now?.Vram) { RamIsFree = asked.Ram is null };
    }

    /// <summary>The device that is meant.</summary>
    /// <param name="text">As it was given, or auto.</param>
    /// <param name="vramGiven">Whether a size of its memory was given too.</param>
    protected virtual TorchSharp.torch.Device Device(string text, bool vramGiven) => DeviceText.Parse(text);

    /// <summary>Declares the sections about machine, safety and output.</summary>
    protected void DeclareMachineAndOutput()
    {
        DeclareMachine();
        _out = Value("--out", "FOLDER", "Where the PNG files go, one per stage and picture; nothing is overwritten (default: floyd-out).");
        _manifest = Flag("--manifest", "Also write what each picture says about itself beside it, as JSON.");
        _keepState = Value("--keep-state", "WHEN", "For floyd resume: auto (every 2 s from 10 s on), always (each step) or off (default: auto).");
        DeclareJson("Print one JSON object at the end instead of the paths.");
        _quiet = Flag("--quiet", "No progress on stderr; warnings stay.");
    }

    /// <summary>Declares <c>--json</c>.</summary>
    protected void DeclareJson(string description) => _json = Flag("--json", description);

    /// <summary>Declares the sections about machine and safety, and begins the one about output.</summary>
    protected void DeclareMachine()
    {
        Section("Machine");
        _device = Value("--device", "NAME", "cpu, cuda, cuda:1 or auto (default: auto, a GPU where there is one).");
        _dtype = Value("--dtype", "NAME", "float32, float16 or bfloat16 (default: float32 on the CPU, float16 on a GPU).");
        _ram = Value("--ram", "SIZE", "What the process may use, such as 13GiB, mapped files not counted: the run is planned first, refused before anything is loaded where it does not fit, and says what it took. Weights that are streamed to a GPU stay in what is left, or in half of it where this is not given. Slower on a CPU, because freed memory is given back at once.");
        _vram = Value("--vram", "SIZE", "The same for the GPU's memory, such as 15GiB. The one of both that is not given is what is free now.");
        _quantize = Value("--quantize", "WHICH", QuantizeText.Description);
        _threads = Value("--threads", "N", "Threads of the CPU (default: OMP_NUM_THREADS, else one per core). The same bytes need the same number; floyd rerun and floyd resume see to it.");
        _tiledDecode = Flag("--tiled-decode", "Decode stage III in tiles: less memory, a little slower.");

        Section("Safety");
        _noSafetyChecker = Flag("--no-safety-checker", "Do not look for unsafe content.");
        _noWatermark = Flag("--no-watermark", "Do not draw the models' watermark.");

        Section("Output");
    }
}
