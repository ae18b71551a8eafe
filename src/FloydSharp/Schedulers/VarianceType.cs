using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>Where the variance of the noise added in a step comes from: the config key <c>variance_type</c>.</summary>
[JsonConverter(typeof(NamedValueConverter<VarianceType>))]
public enum VarianceType
{
    /// <summary>The posterior's variance (Ho et al. 2020, arXiv:2006.11239, equation 7).</summary>
    [JsonStringEnumMemberName("fixed_small")]
    FixedSmall,

    /// <summary>The same by way of its logarithm.</summary>
    [JsonStringEnumMemberName("fixed_small_log")]
    FixedSmallLog,

    /// <summary>Beta of the step.</summary>
    [JsonStringEnumMemberName("fixed_large")]
    FixedLarge,

    /// <summary>Beta of the step by way of its logarithm.</summary>
    [JsonStringEnumMemberName("fixed_large_log")]
    FixedLargeLog,

    /// <summary>The model's further channels are the variance itself.</summary>
    [JsonStringEnumMemberName("learned")]
    Learned,

    /// <summary>The model's further channels, in [-1, 1], blend the logarithms of the two fixed variances (Nichol and Dhariwal 2021, arXiv:2102.09672, equation 15): DeepFloyd IF.</summary>
    [JsonStringEnumMemberName("learned_range")]
    LearnedRange,
}
