namespace FloydSharp.IO.Tokenizers;

/// <summary>What kind of text caption cleaning deletes or changes.</summary>
public enum CaptionChangeKind
{
    /// <summary>Words and letters.</summary>
    Words,

    /// <summary>Something with digits: numbers, sizes, names such as jc6640.</summary>
    Digits,

    /// <summary>Brackets of any kind, HTML included.</summary>
    Brackets,

    /// <summary>Other punctuation and symbols.</summary>
    Symbols,

    /// <summary>Chinese characters and their like.</summary>
    Ideographs,
}
