using System.CommandLine;
using FloydSharp.IO;
using FloydSharp.Training.Data;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Stages;
using static TorchSharp.torch;

namespace FloydSharp.Training.Commands;

/// <summary>The options that all training verbs share.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<string> _out = new("--out") { Description = "Folder of the checkpoint, the log (training.csv) and the sheets.", Required = true };
    private readonly Option<double> _minutes = new("--minutes") { Description = "Minutes of training; data and the last checkpoint come on top.", DefaultValueFactory = _ => 8 };
    private readonly Option<long> _steps = new("--steps") { Description = "Stop after so many steps; 0 for no limit but the time." };
    private readonly Option<int> _batch;
    private readonly Option<double> _rate;
    private readonly Option<double> _floor = new("--lr-floor") { Description = "The last learning rate as a part of the highest; 1 keeps it constant, as for a run that goes on.", DefaultValueFactory = _ => 0.1 };
    private readonly Option<long> _warmUp = new("--warmup") { Description = "Steps over which the learning rate rises.", DefaultValueFactory = _ => 300 };
    private readonly Option<double> _decay = new("--weight-decay") { Description = "Decoupled weight decay.", DefaultValueFactory = _ => 0.01 };
    private readonly Option<double> _ema = new("--ema") { Description = "Decay of the moving average of the weights.", DefaultValueFactory = _ => 0.9995 };
    private readonly Option<string?> _resume = new("--resume") { Description = "Checkpoint folder to start from; may be --out." };
    private readonly Option<string?> _state = new("--state") { Description = "Folder of the optimizer's state: read with --resume, written at the end." };
    private readonly Option<string?> _data = new("--data") { Description = "Folder of captioned pictures (boat.png with boat.txt, or metadata.jsonl) instead of the drawn world." };
    private readonly Option<double> _relationShare = new("--relation-share") { Description = "Share of scenes in which one thing stands in a relation to another, among drawn scenes without a text.", DefaultValueFactory = _ => 0.5 };
    private readonly Option<double> _textShare = new("--text-share") { Description = "Share of drawn scenes with a text, 0 to 1.", DefaultValueFactory = _ => 0.6 };
    private readonly Option<int> _textLength = new("--text-length") { Description = "Longest drawn text in characters, 1 to 10.", DefaultValueFactory = _ => 10 };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads that draw; 0 for all cores but two." };
    private readonly Option<int> _repeat = new("--repeat") { Description = "Uses of each batch, where drawing is slower than training.", DefaultValueFactory = _ => 1 };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of weights, data and noise.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _device = new("--device") { Description = "cpu, cuda, or auto.", DefaultValueFactory = _ => "auto" };
    private readonly Option<string> _preset = new("--preset") { Description = "Sizes of the models: small, or tiny for a try on a CPU.", DefaultValueFactory = _ => "small" };
    private readonly Option<double>? _minSnr;
    private readonly Option<double>? _lowWeight;
    private readonly Option<bool> _muon = new("--muon") { Description = "Step matrices and kernels by Muon, all else by AdamW." };
    private readonly Option<bool> _plain = new("--plain") { Description = "Without the fused group norms on a GPU." };
    private readonly Option<double> _sheets = new("--sheet-minutes") { Description = "Minutes between two sheets of samples; 0 for one at the end.", DefaultValueFactory = _ => 3 };
    private readonly Option<int> _logEvery = new("--log-every") { Description = "Steps between two lines of the log.", DefaultValueFactory = _ => 50 };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="batch">Default batch.</param>
    /// <param name="rate">Default learning rate.</param>
    /// <param name="lowWeight">Default weight where noise prevails; null for a loss that has no such weights.</param>
    public TrainingOptions(Command command, int batch, double rate, double? lowWeight = null)
    {
        if (lowWeight is { } low)
        {
            _minSnr = new("--min-snr") { Description = "Bound of the loss's weights by signal-to-noise ratio where the picture prevails (5 is usual); 0 for none." };
            _lowWeight = new("--low-snr-weight") { Description = "Largest weight of the loss where noise prevails: 1 for equal weights, more for right colours.", DefaultValueFactory = _ => low };
            command.Options.Add(_minSnr);
            command.Options.Add(_lowWeight);
        }

        _batch = new("--batch") { Description = "Pictures (or crops) per step.", DefaultValueFactory = _ => batch };
        _rate = new("--lr") { Description = "The highest learning rate.", DefaultValueFactory = _ => rate };
        Option[] all = [_out, _minutes, _steps, _batch, _rate, _floor, _warmUp, _decay, _ema, _resume, _state, _data, _textShare, _relationShare, _textLength, _workers, _repeat, _seed, _device, _preset, _muon, _plain, _sheets, _logEvery];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>The checkpoint folder.</summary>
    public string Out(ParseResult parse) => Path.GetFullPath(parse.GetValue(_out)!);

    /// <summary>The checkpoint to start from; null for fresh weights.</summary>
    public string? Resume(ParseResult parse) => parse.GetValue(_resume);

    /// <summary>The seed.</summary>
    public long Seed(ParseResult parse) => parse.GetValue(_seed);

    /// <summary>The batch.</summary>
    public int Batch(ParseResult parse) => parse.GetValue(_batch);

    /// <summary>The sizes.</summary>
    public CascadePreset Preset(ParseResult parse) => CascadePreset.Named(parse.GetValue(_preset)!);

    /// <summary>The device, and what layers compute in there.</summary>
    public (Device Device, ScalarType DType) Place(ParseResult parse)
    {
        var name = parse.GetValue(_device);
        if (name is not ("auto" or "cpu" or "cuda"))
            throw new FloydException($"There is no device \"{name}\"; there are cpu, cuda and auto.");
        if (name == "cpu" || (name == "auto" && !cuda.is_available()))
            return (CPU, ScalarType.Float32);
        if (!cuda.is_available())
            throw new FloydException("No GPU can be used: bring a libtorch for CUDA with FLOYD_LIBTORCH, or train with --device cpu.");
        backends.cuda.matmul.allow_tf32 = true;
        backends.cudnn.allow_tf32 = true;
        CudnnTuning.TryEnable();
        return (CUDA, ScalarType.BFloat16);
    }

    /// <summary>Where pictures come from.</summary>
    public ICaptionedSource Source(ParseResult parse) =>
        parse.GetValue(_data) is { } folder ? new FolderSource(folder) : new WorldSource(Seed(parse), new()
        {
            TextShare = parse.GetValue(_textShare),
            RelationShare = parse.GetValue(_relationShare),
            MaxTextLength = parse.GetValue(_textLength),
        });

    /// <summary>The optimizer's settings.</summary>
    public AdamOptions Adam(ParseResult parse) => new() { WeightDecay = parse.GetValue(_decay), AverageDecay = parse.GetValue(_ema), UsesMuon = parse.GetValue(_muon), Beta1 = parse.GetValue(_muon) ? 0.95 : 0.9 };

    /// <summary>How much each noise level counts.</summary>
    public NoiseWeights Weights(ParseResult parse) => new(
        _minSnr is null ? 0 : parse.GetValue(_minSnr), _lowWeight is null ? 1 : parse.GetValue(_lowWeight));

    /// <summary>Whether group norms run operator by operator on a GPU as well.</summary>
    public bool IsPlain(ParseResult parse) => parse.GetValue(_plain);

    /// <summary>How the run goes.</summary>
    public LoopOptions Loop(ParseResult parse) => new()
    {
        Out = Out(parse),
        Minutes = parse.GetValue(_minutes),
        MaxSteps = parse.GetValue(_steps),
        Rate = new(parse.GetValue(_rate), parse.GetValue(_warmUp), parse.GetValue(_floor)),
        Workers = parse.GetValue(_workers) > 0 ? parse.GetValue(_workers) : Math.Max(1, Environment.ProcessorCount - 2),
        Repeat = Math.Max(1, parse.GetValue(_repeat)),
        LogEvery = Math.Max(1, parse.GetValue(_logEvery)),
        SheetMinutes = parse.GetValue(_sheets),
        State = parse.GetValue(_state),
        IsResumed = parse.GetValue(_resume) is not null,
        Seed = Seed(parse),
    };
}
