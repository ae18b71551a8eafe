using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>The DPM-Solver variant: the config key <c>algorithm_type</c>.</summary>
[JsonConverter(typeof(NamedValueConverter<AlgorithmType>))]
public enum AlgorithmType
{
    /// <summary>DPM-Solver++: deterministic, in terms of the predicted image (Lu et al. 2022, arXiv:2211.01095).</summary>
    [JsonStringEnumMemberName("dpmsolver++")]
    DpmSolverPlusPlus,

    /// <summary>Its stochastic form, which adds noise in every step.</summary>
    [JsonStringEnumMemberName("sde-dpmsolver++")]
    SdeDpmSolverPlusPlus,
}
