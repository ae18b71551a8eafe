using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>How the noise variances (betas) grow over the training timesteps: the config key <c>beta_schedule</c>.</summary>
[JsonConverter(typeof(NamedValueConverter<BetaScheduleKind>))]
public enum BetaScheduleKind
{
    /// <summary>Evenly spaced from beta_start to beta_end (Ho et al. 2020, arXiv:2006.11239).</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>Square roots evenly spaced: latent diffusion (Rombach et al. 2022, arXiv:2112.10752).</summary>
    [JsonStringEnumMemberName("scaled_linear")]
    ScaledLinear,

    /// <summary>The cosine schedule, betas capped at 0.999 (Nichol and Dhariwal 2021, arXiv:2102.09672, equation 17); beta_start and beta_end are not used.</summary>
    [JsonStringEnumMemberName("squaredcos_cap_v2")]
    SquaredCosCapV2,

    /// <summary>A logistic curve between beta_start and beta_end (Xu et al. 2022, arXiv:2203.02923).</summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,
}
