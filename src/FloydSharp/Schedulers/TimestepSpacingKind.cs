using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

/// <summary>Which training timesteps a shorter run visits: the config key <c>timestep_spacing</c> (Lin et al. 2023, arXiv:2305.08891, table 2).</summary>
[JsonConverter(typeof(NamedValueConverter<TimestepSpacingKind>))]
public enum TimestepSpacingKind
{
    /// <summary>Evenly spaced with both ends visited.</summary>
    [JsonStringEnumMemberName("linspace")]
    Linspace,

    /// <summary>Multiples of a whole stride, from 0 (plus steps_offset) upwards.</summary>
    [JsonStringEnumMemberName("leading")]
    Leading,

    /// <summary>A fractional stride, from the last timestep downwards.</summary>
    [JsonStringEnumMemberName("trailing")]
    Trailing,
}
