namespace FloydSharp.Kernels.Cpu;

/// <summary>Where Winograd's polynomials are evaluated: 0, +-a, +-b and infinity.</summary>
internal static class WinogradPoints
{
    public const float A = 0.75f;
    public const float B = 1.5f;
}
