namespace FloydSharp.Eval.Analysis;

/// <summary>Whether a picture shows what was asked; null where nothing was asked.</summary>
/// <param name="Object">Every thing is there.</param>
/// <param name="Color">Every thing whose colour is asked is there in that colour.</param>
/// <param name="Count">As many as asked.</param>
/// <param name="Relation">They stand as asked.</param>
/// <param name="Backdrop">The backdrop and its colour.</param>
/// <param name="Style">The style.</param>
internal sealed record Answers(bool? Object, bool? Color, bool? Count, bool? Relation, bool? Backdrop, bool? Style)
{
    /// <summary>The names, in the order of <see cref="Values"/>.</summary>
    public static string[] Names { get; } = ["object", "colour", "count", "relation", "backdrop", "style"];

    /// <summary>The answers one after another.</summary>
    public bool?[] Values => [Object, Color, Count, Relation, Backdrop, Style];
}
