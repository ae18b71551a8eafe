using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd encode</c> can be told.</summary>
internal sealed class EncodeSettings : VerbSettings
{
    private readonly Argument<string[]> _prompts;
    private readonly Option<string?> _models, _stage1, _textEncoder, _tokenizer, _variant, _device, _dtype, _quantize, _out;
    private readonly Option<string[]> _negative, _style;
    private readonly Option<bool> _noCleanCaption, _json, _quiet;

    public EncodeSettings()
    {
        _prompts = Arguments("PROMPT", "What to encode. One that begins with a dash goes after --.");

        Section("Models (DIR is a folder or a repository that floyd pull downloaded)");
        _models = Value("--models", "DIR", $"A folder with {CascadeModels.FileName} (also {ModelsSearch.Variable}; default: the models that come with floyd), or if-m, if-l, if-xl.");
        _stage1 = Value("--stage1", "DIR", "A stage I checkpoint with text_encoder and tokenizer.");
        _textEncoder = Value("--text-encoder", "DIR", "A T5 text encoder (default: DIR/text_encoder of stage I).");
        _tokenizer = Value("--tokenizer", "DIR", "A folder with spiece.model (default: DIR/tokenizer of stage I).");
        _variant = Value("--variant", "NAME", "Which weight files, such as fp16 or 8bit (default: what suits the dtype).");

        Section("Text");
        _negative = Values("--negative", "TEXT", "What to steer away from: once for all prompts, or once per prompt.");
        _style = Values("--style", "TEXT", "A style to mix in: once for all prompts, or once per prompt.");
        _noCleanCaption = Flag("--no-clean-caption", "Give the prompt to T5 as it is instead of cleaned like the training captions.");

        Section("Machine");
        _device = Value("--device", "NAME", "cpu, cuda, cuda:1 or auto (default: auto, a GPU where there is one).");
        _dtype = Value("--dtype", "NAME", "float32, float16 or bfloat16 (default: float32 on the CPU, float16 on a GPU).");
        _quantize = Value("--quantize", "WHICH", QuantizeText.Description);

        Section("Output");
        _out = Value("--out", "FILE", "The safetensors file to write; nothing is overwritten. Required.");
        _json = Flag("--json", "Print one JSON object at the end instead of the path.");
        _quiet = Flag("--quiet", "No progress on stderr; warnings stay.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("embeddings for many runs without the text encoder", "floyd encode \"a red panda\" --stage1 IF-I-XL --out panda.safetensors"),
        ("with a text encoder of its own, steering away from something", "floyd encode \"a red panda\" --negative blurry --text-encoder t5 --tokenizer t5 --out panda.safetensors"),
    ];

    public IReadOnlyList<string> Prompts =>
        Get(_prompts) is { Count: > 0 } prompts ? prompts : throw new FloydException("There is no prompt; give at least one.");

    public IReadOnlyList<string> NegativePrompts => Get(_negative);

    public IReadOnlyList<string> Styles => Get(_style);

    public bool CleanCaption => !Get(_noCleanCaption);

    public string OutFile => Get(_out) ?? throw new FloydException("--out is missing: name the file to write, such as --out panda.safetensors.");

    public string TextEncoderFolder(CliHost host) => Get(_textEncoder) is { } given ? ModelFolder.Resolve(given, host) : Component("text_encoder", host);

    public string TokenizerFolder(CliHost host) => Get(_tokenizer) is { } given ? ModelFolder.Resolve(given, host) : Component("tokenizer", host);

    public bool Json => Get(_json);

    public bool Quiet => Get(_quiet);

    /// <summary>Device, dtype and variant. Loads libtorch to see which devices there are.</summary>
    public LoadOptions ToLoadOptions() => QuantizeText.Apply(Get(_quantize), new()
    {
        DType = Get(_dtype) is { } dtype ? TensorDTypes.Parse(dtype) : null,
        Variant = Get(_variant),
        Device = DeviceText.Parse(Get(_device) ?? "auto"),
    });

    private string Component(string name, CliHost host)
    {
        return CheckpointFolder.Open(Stage1(host)).Component(name);
    }

    private string Stage1(CliHost host)
    {
        if (Get(_stage1) is { } given)
            return ModelFolder.Resolve(given, host);
        if (Get(_models) is not { } models)
            return ChosenModels.Find(host).Stages[0].Folder;
        return CascadeVerbSettings.NamedSet(models) is { } set ? ModelFolder.Resolve(set, 1, host) : CascadeModels.Open(models).Stages[0].Folder;
    }
}
