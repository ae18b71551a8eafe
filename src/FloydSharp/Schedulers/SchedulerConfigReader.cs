using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>Turns a config file, hostile until checked, into a <see cref="SchedulerConfig"/>.</summary>
internal static partial class SchedulerConfigReader
{
    private const long MaxBytes = 4 << 20;
    private const int MaxTrainTimesteps = 100_000;

    /// <summary>Keys that published files of these classes carry and that change nothing for them.</summary>
    private static readonly HashSet<string> _harmless = ["skip_prk_steps", "tensor_format", "timestep_values", "interpolation_type"];

    private static readonly HashSet<string> _known = [.. SchedulerConfigJson.Default.SchedulerConfig.Properties.Select(p => p.Name)];

    public static SchedulerConfig Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            path = Path.Combine(path, "scheduler_config.json");
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes } large)
                throw new FloydException($"{path} has {large.Length} bytes, a scheduler config at most {MaxBytes}: is it the right file?");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"The scheduler config {path} cannot be read: {e.Message}", e);
        }
    }

    public static SchedulerConfig Parse(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        json = BareInfinity().Replace(json, "$1\"-Infinity\"");
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FloydException($"{source} holds a JSON {document.RootElement.ValueKind}, expected an object.");

            // Laid over the defaults, because the generated deserializer does not run the initializers of init properties.
            var merged = JsonSerializer.SerializeToNode(new SchedulerConfig(), SchedulerConfigJson.Default.SchedulerConfig)!.AsObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (_known.Contains(property.Name))
                    merged[property.Name] = JsonNode.Parse(property.Value.GetRawText());
                else if (!property.Name.StartsWith('_') && !_harmless.Contains(property.Name))
                    throw new FloydException($"{source} has the key {Show(property.Name)}, which is not supported: remove it if it has no effect on sampling.");
            }

            var config = merged.Deserialize(SchedulerConfigJson.Default.SchedulerConfig)!;
            Validate(config);
            return config;
        }
        catch (JsonException e) when (e.Path is { Length: > 2 } path)
        {
            throw new FloydException(BadValue(json, path[2..], source), e);
        }
        catch (JsonException e)
        {
            throw new FloydException($"{source} is not JSON (line {e.LineNumber + 1}).", e);
        }
    }

    public static void Validate(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Require(config.NumTrainTimesteps is >= 1 and <= MaxTrainTimesteps, "num_train_timesteps", config.NumTrainTimesteps, $"1 to {MaxTrainTimesteps}");
        Require(config.BetaStart is > 0 and < 1, "beta_start", config.BetaStart, "a number between 0 and 1");
        Require(config.BetaEnd is > 0 and < 1, "beta_end", config.BetaEnd, "a number between 0 and 1");
        Require(config.BetaStart <= config.BetaEnd, "beta_start", config.BetaStart, $"at most beta_end, {config.BetaEnd}");
        Require(config.ClipSampleRange > 0 && double.IsFinite(config.ClipSampleRange), "clip_sample_range", config.ClipSampleRange, "a number above 0");
        Require(config.DynamicThresholdingRatio is >= 0 and <= 1, "dynamic_thresholding_ratio", config.DynamicThresholdingRatio, "0 to 1");
        Require(config.SampleMaxValue > 0 && double.IsFinite(config.SampleMaxValue), "sample_max_value", config.SampleMaxValue, "a number above 0");
        Require(config.StepsOffset >= 0 && config.StepsOffset <= config.NumTrainTimesteps, "steps_offset", config.StepsOffset, "0 to num_train_timesteps");
        Require(config.SolverOrder is >= 1 and <= 3, "solver_order", config.SolverOrder, "1, 2 or 3");
        Require(config.LambdaMinClipped is >= double.NegativeInfinity and < double.PositiveInfinity, "lambda_min_clipped", config.LambdaMinClipped, "a number or -Infinity");
        if (config.TrainedBetas is { } betas)
        {
            Require(betas.Count == config.NumTrainTimesteps, "trained_betas", betas.Count, $"num_train_timesteps = {config.NumTrainTimesteps} numbers");
            foreach (var beta in betas)
                Require(beta is > 0 and <= 1, "trained_betas", beta, "numbers above 0, up to 1");
        }
    }

    private static void Require(bool good, string key, object got, string expected)
    {
        if (!good)
            throw new FloydException($"{key} in the scheduler config is {got}, expected {expected}.");
    }

    private static string BadValue(string json, string path, string source)
    {
        var key = path.Split('[')[0];
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement.TryGetProperty(key, out var element) ? Show(element.GetRawText()) : "?";
        var type = typeof(SchedulerConfig).GetProperties()
            .FirstOrDefault(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name) == key)?.PropertyType;
        type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        var expected = type is { IsEnum: true } ? "one of " + string.Join(", ", NamesOf(type)) : "a value of another kind";
        return $"{key} in {source} is {value}, which is not supported: expected {expected}.";
    }

    private static IEnumerable<string> NamesOf(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(f => f.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? f.Name);

    /// <summary>Foreign text for a one-line message.</summary>
    private static string Show(string text)
    {
        text = new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
        return text.Length <= 80 ? text : text[..80] + "...";
    }

    // Python writes the default of lambda_min_clipped as a bare -Infinity, which JSON does not have.
    [GeneratedRegex(@"(""lambda_min_clipped""\s*:\s*)-Infinity\b")]
    private static partial Regex BareInfinity();
}
