using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>What the model's output means: the config key <c>prediction_type</c>.</summary>
[JsonConverter(typeof(NamedValueConverter<PredictionType>))]
public enum PredictionType
{
    /// <summary>The noise in the sample.</summary>
    [JsonStringEnumMemberName("epsilon")]
    Epsilon,

    /// <summary>The clean image.</summary>
    [JsonStringEnumMemberName("sample")]
    Sample,

    /// <summary>The velocity (Salimans and Ho 2022, arXiv:2202.00512, appendix D).</summary>
    [JsonStringEnumMemberName("v_prediction")]
    VPrediction,
}
