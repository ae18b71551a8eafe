using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>The noise level a DPM-Solver run ends at: the config key <c>final_sigmas_type</c>.</summary>
[JsonConverter(typeof(NamedValueConverter<FinalSigmasType>))]
public enum FinalSigmasType
{
    /// <summary>No noise: the last step returns the predicted image.</summary>
    [JsonStringEnumMemberName("zero")]
    Zero,

    /// <summary>The noise level of training timestep 0.</summary>
    [JsonStringEnumMemberName("sigma_min")]
    SigmaMin,
}
