namespace FloydSharp.IO.Hub;

/// <summary>Repositories that make a cascade together, under a short name.</summary>
/// <param name="Name">Such as <c>if-xl</c>.</param>
/// <param name="Stages">The repositories of stages I, II and III.</param>
public sealed record ModelSet(string Name, IReadOnlyList<RepoId> Stages)
{
    /// <summary>The sets, the smallest first.</summary>
    public static IReadOnlyList<ModelSet> All { get; } =
    [
        Of("if-m", "DeepFloyd/IF-I-M-v1.0", "DeepFloyd/IF-II-M-v1.0"),
        Of("if-l", "DeepFloyd/IF-I-L-v1.0", "DeepFloyd/IF-II-L-v1.0"),
        Of("if-xl", "DeepFloyd/IF-I-XL-v1.0", "DeepFloyd/IF-II-L-v1.0"),
    ];

    /// <summary>The set of a name; null where there is none.</summary>
    public static ModelSet? Find(string name) => All.FirstOrDefault(set => set.Name == name);

    /// <summary>What is needed of a stage's repository: the text encoder of stage I serves stage II as well.</summary>
    /// <param name="stage">1 to 3.</param>
    /// <param name="options">What is wanted of all.</param>
    public static RepositoryPlanOptions OptionsOf(int stage, RepositoryPlanOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return stage == 2 ? options with { TextEncoder = false } : options;
    }

    private static ModelSet Of(string name, string stage1, string stage2) =>
        new(name, [RepoId.Parse(stage1), RepoId.Parse(stage2), RepoId.Parse("stabilityai/stable-diffusion-x4-upscaler")]);
}
