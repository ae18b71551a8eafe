namespace FloydSharp.Training.Stages;

/// <summary>The prompts of the sheets that are written while training: attributes, counts, relations, styles, words and random letters.</summary>
internal static class SheetPrompts
{
    /// <summary>The prompts, always in this order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "a wooden sign that says \"hello\" in a green meadow",
        "a billboard with the text \"open\" at night",
        "a poster that says \"cats\"",
        "a neon sign that says \"xkqz\"",
        "a yellow sign with the word \"deep floyd\"",
        "a white sign that says \"7b3\" on the beach",
        "a red boat on the sea at sunset",
        "three blue balloons in the sky",
        "a cat to the left of a house",
        "a green car in the city, pixel art",
        "two trees and a yellow moon at night",
        "a robot in the desert, pencil sketch",
        "a purple star above a red house",
        "a watercolor painting of a sun over the sea",
        "a big orange circle on a blue background",
        "four pink triangles",
    ];
}
