namespace FloydSharp.IO.Safetensors;

/// <summary>What is about to happen with a mapped tensor.</summary>
public enum MapAdvice
{
    /// <summary>It is needed soon: read it ahead.</summary>
    WillNeed,

    /// <summary>It is not needed for now: its pages may leave memory; they are read again when touched.</summary>
    DontNeed,
}
