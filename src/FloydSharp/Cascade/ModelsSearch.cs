using FloydSharp.IO;

namespace FloydSharp.Cascade;

/// <summary>
/// Where a program looks for models when nobody names any: the folder that <c>FLOYD_MODELS</c> names, else a folder
/// <c>models</c> with <c>cascade.json</c> beside the program or in any folder above it, as in a clone.
/// </summary>
/// <param name="Named">What <c>FLOYD_MODELS</c> says; null or empty where it is not set.</param>
/// <param name="Start">The program's folder.</param>
public sealed record ModelsSearch(string? Named, string Start)
{
    /// <summary>The name of the environment variable.</summary>
    public const string Variable = "FLOYD_MODELS";

    private const string Name = "models";

    /// <summary>The search of this process.</summary>
    public static ModelsSearch OfProcess { get; } = new(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory);

    /// <summary>The folder; null where nothing is named and nothing found. A folder that is named is not looked at.</summary>
    public string? Find()
    {
        if (!string.IsNullOrWhiteSpace(Named))
            return Named;
        for (var folder = new DirectoryInfo(Start); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, Name);
            if (CascadeModels.Exist(candidate))
                return candidate;
        }

        return null;
    }

    /// <summary>Finds and opens the models.</summary>
    /// <exception cref="FloydException">There are none, and the message names where it looked; or those that are there cannot be opened.</exception>
    public CascadeModels Open() => Find() switch
    {
        { } folder when folder == Named && !CascadeModels.Exist(folder) =>
            throw new FloydException($"{Variable} is {Named}, a folder without {CascadeModels.FileName}; set it to a folder of models, or remove it."),
        { } folder => CascadeModels.Open(folder),
        null => throw new FloydException(
            $"No models are given and none were found: {Variable} is not set, and there is no {Name}/{CascadeModels.FileName} in {Path.TrimEndingDirectorySeparator(Start)} or a folder above it; name a folder of models, or a stage I checkpoint such as IF-I-XL."),
    };
}
