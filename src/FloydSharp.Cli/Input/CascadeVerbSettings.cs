using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Input;

/// <summary>
/// Verbs that run a cascade: which checkpoints. Those of a folder with cascade.json, those given stage by stage, or a mixture;
/// without any of these options, the models that are found near the program.
/// </summary>
internal abstract class CascadeVerbSettings : VerbSettings
{
    private Option<string?> _models = null!, _stages = null!, _stage1 = null!, _stage2 = null!, _stage3 = null!;
    private Option<string?> _textEncoder = null!, _tokenizer = null!, _clipTokenizer = null!, _variant = null!, _textEncoderVariant = null!;

    /// <summary>Which weight files; null for those that suit the dtype.</summary>
    public string? Variant => Get(_variant);

    /// <summary>Which weight files of T5; null for the same.</summary>
    public string? TextEncoderVariant => Get(_textEncoderVariant);

    /// <summary>Whether stages that are given without stage I go with the models near the program; otherwise they run alone.</summary>
    protected virtual bool NeedsStage1 => true;

    /// <summary>Finds the models.</summary>
    /// <exception cref="FloydException">There are none, or the options do not fit each other.</exception>
    public ChosenModels Models(CliHost host)
    {
        string?[] given = [Folder(_stage1, host), Folder(_stage2, host), Folder(_stage3, host)];
        var chosen = Get(_models) is not { } models
            ? given[0] is null && (NeedsStage1 || given.All(g => g is null)) ? Mixed(ChosenModels.Find(host), given) : OneByOne(given)
            : NamedSet(models) is { } set ? OneByOne(Fill(set, given, host)) : Mixed(CascadeModels.Open(models), given);
        return chosen with
        {
            Options = chosen.Options with
            {
                TextEncoderFolder = Folder(_textEncoder, host),
                TokenizerFolder = Folder(_tokenizer, host),
                ClipTokenizerFolder = Folder(_clipTokenizer, host),
            },
        };
    }

    /// <summary>Declares the section of the help text.</summary>
    protected void DeclareModels()
    {
        Section("Models (default: those that come with floyd; DIR is a folder or a repository that floyd pull downloaded)");
        _models = Value("--models", "DIR", $"A folder with {CascadeModels.FileName}, which lists stages and their settings (also {ModelsSearch.Variable}), or if-m, if-l, if-xl.");
        _stages = Value("--stages", "N", "Stop after stage 1, 2 or 3 (default: the last there is).");
        _stage1 = Value("--stage1", "DIR", "A stage I checkpoint, such as IF-I-XL: text to 64 pixels. Without --models, only stages given like this run.");
        _stage2 = Value("--stage2", "DIR", "A stage II checkpoint, such as IF-II-L: 64 to 256 pixels.");
        _stage3 = Value("--stage3", "DIR", "The x4 upscaler: 256 to 1024 pixels.");
        _textEncoder = Value("--text-encoder", "DIR", "A T5 text encoder of its own (default: DIR/text_encoder of stage I).");
        _tokenizer = Value("--tokenizer", "DIR", "A folder with spiece.model (default: DIR/tokenizer of stage I).");
        _clipTokenizer = Value("--clip-tokenizer", "DIR", "A folder with vocab.json and merges.txt (default: DIR/tokenizer of stage III).");
        _variant = Value("--variant", "NAME", "Which weight files, such as fp16 or 8bit (default: what suits the dtype).");
        _textEncoderVariant = Value("--text-encoder-variant", "NAME", "Which weight files of T5, such as 8bit (default: --variant).");
    }

    /// <summary>The set that a value of <c>--models</c> names; null where it names a folder.</summary>
    internal static ModelSet? NamedSet(string models) => Path.Exists(models) ? null : ModelSet.Find(models);

    // Only the stages that will run have to be there.
    private string?[] Fill(ModelSet set, string?[] given, CliHost host)
    {
        var last = Get(_stages) is { } text ? Numbers.Whole("--stages", text, 1, 3) : given.Length;
        return [.. given.Select((folder, index) => folder ?? (index < last ? ModelFolder.Resolve(set, index + 1, host) : null))];
    }

    private string? Folder(Option<string?> option, CliHost host) => Get(option) is { } given ? ModelFolder.Resolve(given, host) : null;

    private ChosenModels Mixed(CascadeModels models, string?[] given)
    {
        for (var stage = 1; stage <= given.Length; stage++)
        {
            if (given[stage - 1] is { } folder)
                models = models.With(stage, folder);
        }

        return new(models.ToOptions(Stages(models.Stages.Count)), models);
    }

    private ChosenModels OneByOne(string?[] given)
    {
        var options = new CascadeOptions { Stage1 = given[0], Stage2 = given[1], Stage3 = given[2] };
        options.Validate();
        var stages = Stages(Array.FindLastIndex(given, folder => folder is not null) + 1);
        return new(options with { Stage2 = stages >= 2 ? given[1] : null, Stage3 = stages >= 3 ? given[2] : null }, null);
    }

    private int Stages(int available)
    {
        var stages = Get(_stages) is { } text ? Numbers.Whole("--stages", text, 1, 3) : available;
        return stages <= available
            ? stages
            : throw new FloydException($"--stages {stages}: there {(available == 1 ? "is a checkpoint for stage 1 only" : $"are checkpoints for {available} stages")}; give one for stage {available + 1}, or leave --stages out.");
    }
}
