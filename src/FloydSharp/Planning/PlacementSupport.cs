namespace FloydSharp.Planning;

/// <summary>What whoever runs a plan can do beside whole components of floating-point weights on one device.</summary>
[Flags]
public enum PlacementSupport
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary><see cref="PlacementKind.Streamed"/>.</summary>
    Streamed = 1,

    /// <summary>Checkpoints' 8bit variants.</summary>
    EightBit = 2,

    /// <summary>The text encoder on the CPU while the UNets are on a GPU.</summary>
    TextOnCpu = 4,

    /// <summary>Everything.</summary>
    All = Streamed | EightBit | TextOnCpu,
}
