using FloydSharp.IO;
using FloydSharp.Pipelines;

namespace FloydSharp.Cascade;

/// <summary>
/// All that the known ways to run IF do differently, set at once: caption cleaning, timesteps, guidance, noise levels, what
/// stages hand on, seeds, the safety rule, watermarks. A request without a profile has the pipelines' defaults, which are
/// diffusers'. <see cref="Floyd"/> is what the command line uses unless told otherwise.
/// </summary>
/// <example><code>
/// var profile = BehaviourProfile.Find("deepfloyd");
/// using var cascade = IFCascade.Open(profile.ApplyTo(options));
/// using var result = cascade.Generate(profile.ApplyTo(request));
/// </code></example>
public sealed record BehaviourProfile
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it stands for, in one line.</summary>
    public required string Summary { get; init; }

    /// <summary>Whether captions are cleaned before T5 sees them.</summary>
    public bool CleanCaption { get; init; } = true;

    /// <summary>Whether each stage starts anew from the seed; otherwise one generator is carried through all stages.</summary>
    public bool ReseedStages { get; init; }

    /// <summary>
    /// Whether all pictures of a run are drawn from one generator, and so depend on each other. A request alone has no say in it:
    /// where false, give the requests of <see cref="CascadeRequest.PerPicture"/> to <see cref="IFCascade.GenerateAll"/>.
    /// </summary>
    public bool SharedNoise { get; init; } = true;

    /// <summary>Whether a stage hands its finished picture on (8 bits, checked, watermarked) instead of its tensor.</summary>
    public bool HandOverPictures { get; init; }

    /// <summary>Whether the safety checker looks at the pictures of stages I and II.</summary>
    public bool SafetyChecker { get; init; } = true;

    /// <summary>When it hits, and what becomes of the picture.</summary>
    public SafetyRule SafetyRule { get; init; } = SafetyRule.Diffusers;

    /// <summary>Whether stage III's pictures carry the watermark too.</summary>
    public bool Stage3Watermark { get; init; } = true;

    /// <summary>How text to image is sampled, stages I to III.</summary>
    public IReadOnlyList<StageSampling> Text { get; init; } = [];

    /// <summary>How image variation is sampled, stages I to III.</summary>
    public IReadOnlyList<StageSampling> Variation { get; init; } = [];

    /// <summary>How inpainting is sampled, stages I to III.</summary>
    public IReadOnlyList<StageSampling> Inpainting { get; init; } = [];

    /// <summary>
    /// The default for people's pictures: diffusers' steps and guidance from the last timestep on, where noise is what the model
    /// was trained to see first, cleaned captions as in training, unquantized tensors between the stages, all pictures marked.
    /// </summary>
    public static BehaviourProfile Floyd { get; } = new()
    {
        Name = "floyd",
        SharedNoise = false,
        Summary = "the default: cleaned captions, timesteps from 999, tensors between stages",
        Text = References(100, 7, null, 50, 250, null, fromLast: true),
        Variation = References(80, 10, 0.7, 50, 250, 0.8, fromLast: true),
        Inpainting = References(50, 7, 1, 100, 0, 0.8, fromLast: true),
    };

    /// <summary>
    /// The original code base, deep-floyd/IF: respaced timesteps from 999 on, each stage seeded anew, noise level 250 for inpainting
    /// too, the small picture noised anew at each step, the upscaler with DDPM and guidance 4, pictures blurred where a probability
    /// is above 0.5. Not followed, and why: it draws on its device in the model's dtype, also for rows that guidance throws away, so
    /// its seeds hold for one kind of GPU alone and do not carry over; it hands blurred pictures on, where a finding here changes
    /// what is shown and never what later stages see; it checks stage III's pictures too, with a checker that the upscaler's
    /// checkpoint does not have.
    /// </summary>
    public static BehaviourProfile DeepFloyd { get; } = new()
    {
        Name = "deepfloyd",
        Summary = "the original code base: 150 and smart50 timesteps from 999, stages seeded anew, blurring",
        ReseedStages = true,
        SafetyRule = SafetyRule.DeepFloyd,
        Text = Originals("150", null, null),
        Variation = Originals("20,20,20,20,10,0,0,0,0,0", 1, 1),
        Inpainting = Originals("150", 1, 1),
    };

    /// <summary>
    /// Diffusers as its walkthrough uses it: prompts encoded by themselves, which cleans no caption; raw tensors between the
    /// stages, which skips the safety checker; one generator through all stages; the mark drawn by hand on all pictures.
    /// </summary>
    public static BehaviourProfile DiffusersNotebook { get; } = new()
    {
        Name = "diffusers-notebook",
        Summary = "diffusers' walkthrough: captions as they are, tensors between stages, no safety checker",
        CleanCaption = false,
        SafetyChecker = false,
        Text = References(100, 7, null, 50, 250, null, fromLast: false),
        Variation = References(80, 10, 0.7, 50, 250, 0.8, fromLast: false),
        Inpainting = References(50, 7, 1, 100, 0, 0.8, fromLast: false),
    };

    /// <summary>
    /// Diffusers' pipelines called with the prompt and nothing else: captions cleaned, finished pictures between the stages (8 bits,
    /// checked, watermarked), one generator through all stages, no mark on the upscaler's pictures.
    /// </summary>
    public static BehaviourProfile DiffusersCall { get; } = DiffusersNotebook with
    {
        Name = "diffusers-call",
        Summary = "diffusers' pipelines called with a prompt: captions cleaned, finished pictures between stages",
        CleanCaption = true,
        SafetyChecker = true,
        HandOverPictures = true,
        Stage3Watermark = false,
    };

    /// <summary>All profiles, the default first.</summary>
    public static IReadOnlyList<BehaviourProfile> All { get; } = [Floyd, DeepFloyd, DiffusersNotebook, DiffusersCall];

    /// <summary>The profile of a name; case does not matter.</summary>
    /// <exception cref="FloydException">There is none.</exception>
    public static BehaviourProfile Find(string name) =>
        All.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FloydException($"There is no profile '{name}'; there are {string.Join(", ", All.Select(p => p.Name))}.");

    /// <summary>A cascade's options with this profile's safety and watermarks. What the options switch off stays off.</summary>
    public CascadeOptions ApplyTo(CascadeOptions options) => options with
    {
        SafetyChecker = options.SafetyChecker && SafetyChecker,
        SafetyRule = SafetyRule,
        Stage3Watermark = options.Stage3Watermark && Stage3Watermark,
    };

    /// <summary>A request with this profile's behaviour; prompts, seed, sizes and start picture stay.</summary>
    public CascadeRequest ApplyTo(CascadeRequest request)
    {
        var sampling = request.Start switch { CascadeStart.Variation => Variation, CascadeStart.Inpainting => Inpainting, _ => Text };
        var (one, two, three) = (Of(sampling, 0), Of(sampling, 1), Of(sampling, 2));
        if (request.Candidates is not null)
            return Later(request, two, three);
        return Later(request with
        {
            Profile = Name,
            CleanCaption = CleanCaption,
            ReseedStages = ReseedStages,
            HandOverPictures = HandOverPictures,
            Start = request.Start switch
            {
                CascadeStart.Variation start => start with { Stage1Strength = one.Strength ?? start.Stage1Strength, Stage2Strength = two.Strength ?? start.Stage2Strength },
                CascadeStart.Inpainting start => start with { Stage1Strength = one.Strength ?? start.Stage1Strength, Stage2Strength = two.Strength ?? start.Stage2Strength },
                var start => start,
            },
            Stage1 = one.ApplyTo(request.Stage1),
        }, two, three) with
        {
            SchedulerNames = (one.Scheduler, two.Scheduler, three.Scheduler),
            SchedulerOverrides = (null, null, null),
        };
    }

    // Of a candidate, everything but this is decided.
    private static CascadeRequest Later(CascadeRequest request, StageSampling two, StageSampling three) => request with
    {
        Stage2 = two.ApplyTo(request.Stage2) with { NoiseLevel = two.NoiseLevel ?? request.Stage2.NoiseLevel },
        Stage3 = three.ApplyTo(request.Stage3) with { NoiseLevel = three.NoiseLevel ?? request.Stage3.NoiseLevel },
        SchedulerNames = (request.SchedulerNames.Stage1, two.Scheduler, three.Scheduler),
        SchedulerOverrides = (request.SchedulerOverrides.Stage1, null, null),
    };

    private static StageSampling Of(IReadOnlyList<StageSampling> sampling, int stage) => sampling.ElementAtOrDefault(stage) ?? new();

    private static StageSampling[] References(
        int steps1, double guidance1, double? strength1, int steps2, int noiseLevel2, double? strength2, bool fromLast) =>
    [
        new() { Steps = steps1, GuidanceScale = guidance1, Strength = strength1, FromLastTimestep = fromLast },
        new() { Steps = steps2, GuidanceScale = 4, NoiseLevel = noiseLevel2, Strength = strength2, FromLastTimestep = fromLast },
        new() { Steps = 75, GuidanceScale = 9, NoiseLevel = 20 },
    ];

    private static StageSampling[] Originals(string timesteps1, double? strength1, double? strength2) =>
    [
        new() { Timesteps = timesteps1, GuidanceScale = 7, Strength = strength1, FromLastTimestep = true },
        new() { Timesteps = "smart50", GuidanceScale = 4, NoiseLevel = 250, FreshNoise = true, Strength = strength2, FromLastTimestep = true },
        new() { Steps = 75, GuidanceScale = 4, NoiseLevel = 20, Scheduler = "ddpm" },
    ];
}
