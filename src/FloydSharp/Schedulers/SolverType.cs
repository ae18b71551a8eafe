using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>How a second-order DPM-Solver step weighs its difference term: the config key <c>solver_type</c>.</summary>
[JsonConverter(typeof(NamedValueConverter<SolverType>))]
public enum SolverType
{
    /// <summary>Half of the first-order weight.</summary>
    [JsonStringEnumMemberName("midpoint")]
    Midpoint,

    /// <summary>The exact integral of the linear term.</summary>
    [JsonStringEnumMemberName("heun")]
    Heun,
}
