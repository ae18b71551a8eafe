namespace FloydSharp.Cascade;

/// <summary>What a text is for.</summary>
public enum PromptRole
{
    /// <summary>What to make.</summary>
    Prompt,

    /// <summary>What to steer away from.</summary>
    Negative,

    /// <summary>The style that is mixed in.</summary>
    Style,
}
