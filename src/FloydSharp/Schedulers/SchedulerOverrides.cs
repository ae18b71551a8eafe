using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.IO.Json;

namespace FloydSharp.Schedulers;

/// <summary>Settings that take the place of some of a checkpoint's scheduler_config.json, such as <c>{"lambda_min_clipped": -5.1}</c>.</summary>
public sealed class SchedulerOverrides
{
    private readonly ConfigFile _file;

    private SchedulerOverrides(ConfigFile file) => _file = file;

    /// <summary>Reads settings.</summary>
    /// <param name="json">A JSON object with keys of scheduler_config.json; the class is not one of them, because a scheduler is chosen by name.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">It is no such JSON, or holds a key or value that is not supported; the message names it.</exception>
    public static SchedulerOverrides Parse(string json, string source = "The scheduler's settings") => Read(ConfigFile.Parse(json, source));

    /// <summary>A checkpoint's configuration with these settings in it.</summary>
    /// <exception cref="FloydException">Together they make no valid configuration.</exception>
    public SchedulerConfig ApplyTo(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var result = _file.Read(SchedulerConfigJson.Default.SchedulerConfig, config);
        result.Validate(_file.Source);
        return result;
    }

    /// <summary>The settings as JSON on one line.</summary>
    public override string ToString() => _file.Values.ToJsonString();

    internal static SchedulerOverrides Read(ConfigFile file)
    {
        if (file.Values.ContainsKey("_class_name"))
            throw new FloydException($"{file.Source}: _class_name has no place here; the scheduler is chosen by its name.");
        file.RejectUnknownKeys(SchedulerConfigJson.Default.SchedulerConfig);
        // A copy: nodes of a document can be changed by whoever holds it.
        var result = new SchedulerOverrides(file.Section((JsonObject)file.Values.DeepClone()));
        _ = result._file.Read(SchedulerConfigJson.Default.SchedulerConfig, new SchedulerConfig());
        return result;
    }
}
