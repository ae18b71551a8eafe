namespace FloydSharp.Training.World;

/// <summary>The words of prompts, for building a tokenizer.</summary>
public static class WorldVocabulary
{
    /// <summary>Words in lower case with rough frequencies that sum to 1; texts in quotation marks are not counted.</summary>
    public static IReadOnlyList<(string Word, double Weight)> Words { get; } = [("a", 1)];

    /// <summary>The common words that signs show, lower case, sorted. Signs also show arbitrary letters and digits.</summary>
    public static IReadOnlyList<string> SignWords => World.SignWords.All;
}
