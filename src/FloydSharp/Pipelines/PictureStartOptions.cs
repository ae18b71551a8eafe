using FloydSharp.IO;

namespace FloydSharp.Pipelines;

/// <summary>What the pipelines that start from a picture can be asked.</summary>
public abstract record PictureStartOptions : DiffusionOptions
{
    /// <summary>
    /// How much may change, above 0 to 1: the picture is noised to that share of the schedule, and that share of the steps is
    /// run. 1 starts from nearly pure noise.
    /// </summary>
    public required double Strength { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        CheckStrength(Strength);
    }

    /// <summary>Checks a strength.</summary>
    /// <exception cref="FloydException">It is out of range.</exception>
    internal static void CheckStrength(double strength)
    {
        if (strength is <= 0 or > 1 or double.NaN)
            throw new FloydException($"The strength is {strength}; it must lie above 0 and be at most 1.");
    }
}
