using System.Globalization;
using FloydSharp.Cascade.Records;
using FloydSharp.IO;
using FloydSharp.Weights;
using TorchSharp;

namespace FloydSharp.Cascade.Runs;

/// <summary><see cref="CascadeOptions"/> as text, with whole paths.</summary>
internal sealed record RunOptionsRecord
{
    private const string All = "*", Text = "text_encoder";

    public string? Stage1 { get; init; }

    public string? Stage2 { get; init; }

    public string? Stage3 { get; init; }

    public required string Device { get; init; }

    public string? Dtype { get; init; }

    public string? Variant { get; init; }

    public required bool MapWeights { get; init; }

    /// <summary>The forms of weights; null for the defaults.</summary>
    public LoadRecord? Forms { get; init; }

    public LoadRecord? TextEncoder { get; init; }

    /// <summary>Single components by name; null for none.</summary>
    public IReadOnlyDictionary<string, LoadRecord>? Components { get; init; }

    /// <summary>What weights may take on the device, by component; <c>*</c> stands for all that are not named. Pictures tell nothing of it: it changes no results.</summary>
    public IReadOnlyDictionary<string, long>? WeightBudgets { get; init; }

    /// <summary>What streamed weights may take of page-locked RAM, by component, likewise.</summary>
    public IReadOnlyDictionary<string, long>? PinnedBudgets { get; init; }

    /// <summary>The budget that the run was planned within, in bytes; null for none.</summary>
    public long? RamBudget { get; init; }

    /// <summary>Whether that was what was free; null for a limit that was given.</summary>
    public bool? RamIsFree { get; init; }

    /// <summary>The GPU's part of it; null for a run on the CPU.</summary>
    public long? VramBudget { get; init; }

    /// <summary>libtorch's threads where a CPU does the work.</summary>
    public int? Threads { get; init; }

    public string? TextEncoderFolder { get; init; }

    public string? TokenizerFolder { get; init; }

    public string? ClipTokenizerFolder { get; init; }

    public required FinishRecord Finish { get; init; }

    public string? WatermarkerFolder { get; init; }

    public static RunOptionsRecord Of(CascadeOptions options) => new()
    {
        Stage1 = Full(options.Stage1),
        Stage2 = Full(options.Stage2),
        Stage3 = Full(options.Stage3),
        Device = options.Load.Device.ToString(),
        Dtype = options.Load.DType?.ToString(),
        Variant = options.Load.Variant,
        MapWeights = options.Load.MapWeights,
        Forms = LoadRecord.OfForms(options.Load),
        TextEncoder = options.TextEncoderLoad is { } text ? LoadRecord.Of(text) : null,
        Components = options.ComponentLoads?.ToDictionary(c => c.Key, c => LoadRecord.Of(c.Value)),
        WeightBudgets = BudgetsOf(options, load => load.WeightBudget),
        PinnedBudgets = BudgetsOf(options, load => load.PinnedBudget is 0 ? null : load.PinnedBudget),
        RamBudget = options.Plan?.Budget.Ram,
        RamIsFree = options.Plan is { Budget.RamIsFree: true } ? true : null,
        VramBudget = options.Plan?.Budget.Vram,
        Threads = options.Load.Device.type == DeviceType.CPU ? options.Threads ?? torch.get_num_threads() : null,
        TextEncoderFolder = Full(options.TextEncoderFolder),
        TokenizerFolder = Full(options.TokenizerFolder),
        ClipTokenizerFolder = Full(options.ClipTokenizerFolder),
        Finish = FinishRecord.Of(options),
        WatermarkerFolder = Full(options.WatermarkerFolder),
    };

    public CascadeOptions ToOptions() => Finish.ApplyTo(new()
    {
        Stage1 = Stage1,
        Stage2 = Stage2,
        Stage3 = Stage3,
        Load = (Forms?.ApplyFormsTo(Load()) ?? Load()) with { WeightBudget = BudgetOf(WeightBudgets, All), PinnedBudget = BudgetOf(PinnedBudgets, All) ?? 0 },
        TextEncoderLoad = TextEncoder is { } text ? LoadAs(text, Text) : null,
        ComponentLoads = Components?.ToDictionary(c => c.Key, c => LoadAs(c.Value, c.Key)),
        Threads = Threads,
        TextEncoderFolder = TextEncoderFolder,
        TokenizerFolder = TokenizerFolder,
        ClipTokenizerFolder = ClipTokenizerFolder,
        WatermarkerFolder = WatermarkerFolder,
    });

    private static Dictionary<string, long>? BudgetsOf(CascadeOptions options, Func<LoadOptions, long?> budget)
    {
        var all = (options.ComponentLoads ?? new Dictionary<string, LoadOptions>())
            .Append(new(All, options.Load))
            .Append(new(Text, options.TextEncoderLoad ?? new()))
            .Where(c => budget(c.Value) is not null)
            .ToDictionary(c => c.Key, c => budget(c.Value)!.Value);
        return all.Count == 0 ? null : all;
    }

    private LoadOptions LoadAs(LoadRecord record, string component) =>
        record.ApplyTo(Load() with { Device = ParseDevice(record.Device) }) with
        {
            WeightBudget = BudgetOf(WeightBudgets, component),
            PinnedBudget = BudgetOf(PinnedBudgets, component) ?? 0,
        };

    private static long? BudgetOf(IReadOnlyDictionary<string, long>? budgets, string component) =>
        budgets is not null && budgets.TryGetValue(component, out var bytes) ? bytes : null;

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);

    private LoadOptions Load() => new() { Device = ParseDevice(Device), DType = ParseDType(), Variant = Variant, MapWeights = MapWeights };

    private static torch.Device ParseDevice(string device)
    {
        if (device == "cpu")
            return torch.CPU;
        var parts = device.Split(':');
        if (parts.Length > 2 || parts[0] != "cuda" || !int.TryParse(parts.Length == 2 ? parts[1] : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            throw new FloydException($"The run's device is \"{PrintableText.Of(device)}\"; expected cpu or cuda:0. The record is damaged.");
        return index < (torch.cuda.is_available() ? torch.cuda.device_count() : 0)
            ? new("cuda", index)
            : throw new FloydException($"The run was made on cuda:{index}, which is not here; continue it where it is.");
    }

    private torch.ScalarType? ParseDType() => Dtype is null ? null : TensorDTypes.Parse(Dtype.ToLowerInvariant());
}
