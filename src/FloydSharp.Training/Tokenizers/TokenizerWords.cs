using System.Text.RegularExpressions;
using FloydSharp.Training.Data;
using FloydSharp.Training.World;

namespace FloydSharp.Training.Tokenizers;

/// <summary>The words that vocabularies are made of.</summary>
internal static partial class TokenizerWords
{
    /// <summary>Tokens of a text for T5: enough for the longest caption with a spelled-out text, and what attention kernels like.</summary>
    public const int MaxLength = 64;

    /// <summary>Tokens of a text for CLIP, which has 77 positions.</summary>
    public const int ClipMaxLength = 77;

    /// <summary>Tokens of CLIP's vocabulary at most.</summary>
    public const int ClipSize = 2000;

    /// <summary>The words of the drawn world: those it lists for prompts, and any that its captions use beside them.</summary>
    public static IReadOnlyList<string> OfWorld()
    {
        var source = new WorldSource(0, SceneOptions.Default);
        var listed = WorldVocabulary.Words.OrderByDescending(w => w.Weight).Select(w => w.Word);
        return [.. listed.Concat(Of(Enumerable.Range(0, SampledCaptions).Select(i => source.Caption(i)))).Distinct()];
    }

    private const int SampledCaptions = 10_000;

    /// <summary>The words of captions, the more frequent first; what stands in quotation marks does not count.</summary>
    /// <param name="captions">Any number.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> captions) =>
    [
        .. captions.SelectMany(c => Quoted().Replace(c.ToLowerInvariant(), " ")
                .Split([' ', ',', '.', ';', ':', '!', '?', '(', ')'], StringSplitOptions.RemoveEmptyEntries))
            .CountBy(w => w).OrderByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal).Take(20_000).Select(p => p.Key),
    ];

    // An apostrophe within a word is no quotation mark.
    [GeneratedRegex("\"[^\"]*\"|(?<!\\w)'[^']*'(?!\\w)")]
    private static partial Regex Quoted();
}
