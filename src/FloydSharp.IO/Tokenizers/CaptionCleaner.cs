using FloydSharp.IO.Tokenizers.Captions;
using FloydSharp.IO.Tokenizers.CharacterData;

namespace FloydSharp.IO.Tokenizers;

/// <summary>
/// Brings a prompt into the form that the text encoder was trained on: <c>_text_preprocessing</c> of the reference
/// (diffusers, pipelines/deepfloyd_if/pipeline_if.py). Letters outside the Basic Multilingual Plane (such as
/// mathematical bold) do not count as word characters here; all else agrees with Python, BeautifulSoup and ftfy.
/// </summary>
public static class CaptionCleaner
{
    /// <summary>The longest caption that <see cref="Clean"/> takes, in UTF-16 units; the text encoder reads some 400 at most.</summary>
    public const int MaxLength = 32768;

    /// <summary>
    /// Removes links, HTML, nicknames, ideographs, file names, article numbers and the like, unifies quotes and dashes and
    /// repairs wrong encodings: the reference's cleaning, applied twice as it does.
    /// </summary>
    /// <param name="caption">Any text.</param>
    /// <returns>The cleaned text in lower case, which may be empty.</returns>
    /// <exception cref="FloydException">The caption is longer than <see cref="MaxLength"/>.</exception>
    public static string Clean(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        if (caption.Length > MaxLength)
            throw new FloydException($"The prompt has {caption.Length} characters; cleaning takes {MaxLength} at most. Shorten it, or switch caption cleaning off.");
        return CleanOnce(CleanOnce(caption));
    }

    /// <summary>The text in lower case without white space around it: what the reference does when cleaning is off.</summary>
    /// <param name="caption">Any text.</param>
    /// <returns>The text; may be empty.</returns>
    public static string Plain(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return PythonText.Strip(PythonText.Lower(caption));
    }

    private static string CleanOnce(string caption)
    {
        caption = PythonText.Lower(PythonText.Strip(PythonText.UnquotePlus(caption)));
        caption = caption.Replace("<person>", "person", StringComparison.Ordinal);
        caption = LinkRemover.Remove(caption);
        caption = HtmlText.Of(caption);

        caption = CaptionPatterns.Nickname().Replace(caption, "");
        caption = CaptionPatterns.Ideographs().Replace(caption, "");
        caption = CaptionPatterns.Dashes().Replace(caption, "-");
        caption = CaptionPatterns.DoubleQuotes().Replace(caption, "\"");
        caption = CaptionPatterns.SingleQuotes().Replace(caption, "'");
        caption = CaptionPatterns.QuoteReference().Replace(caption, "");
        caption = caption.Replace("&amp", "", StringComparison.Ordinal);

        caption = CaptionPatterns.IPAddress().Replace(caption, " ");
        caption = CaptionPatterns.ArticleNumberAtEnd().Replace(caption, "");
        caption = caption.Replace("\\n", " ", StringComparison.Ordinal);
        caption = CaptionPatterns.ShortNumberSign().Replace(caption, "");
        caption = CaptionPatterns.LongNumberSign().Replace(caption, "");
        caption = CaptionPatterns.LongNumber().Replace(caption, "");
        caption = CaptionPatterns.FileName().Replace(caption, "");

        caption = CaptionPatterns.RepeatedQuotes().Replace(caption, "\"");
        caption = CaptionPatterns.Dots().Replace(caption, " ");
        caption = CaptionPatterns.BadPunctuation().Replace(caption, " ");
        caption = CaptionPatterns.LoneDot().Replace(caption, " ");
        if (caption.AsSpan().Count('-') + caption.AsSpan().Count('_') > 3) // this-is-my-cute-cat
            caption = caption.Replace('-', ' ').Replace('_', ' ');

        caption = TextRepair.Fix(caption);
        caption = HtmlEntities.Unescape(HtmlEntities.Unescape(caption));

        caption = CaptionPatterns.LettersThenDigits().Replace(caption, "");
        caption = CaptionPatterns.LettersDigitsLetters().Replace(caption, "");
        caption = CaptionPatterns.DigitsLettersDigits().Replace(caption, "");
        caption = CaptionPatterns.Shipping().Replace(caption, "");
        caption = CaptionPatterns.Download().Replace(caption, "");
        caption = CaptionPatterns.Click().Replace(caption, "");
        caption = CaptionPatterns.FileKind().Replace(caption, "");
        caption = CaptionPatterns.Page().Replace(caption, "");
        caption = CaptionPatterns.MixedIdentifier().Replace(caption, " ");
        caption = CaptionPatterns.Size().Replace(caption, "");

        caption = CaptionPatterns.SpacedColon().Replace(caption, ": ");
        caption = CaptionPatterns.TightPunctuation().Replace(caption, "$1 ");
        caption = CaptionPatterns.Spaces().Replace(caption, " ");
        caption = CaptionPatterns.QuotedWhole().Replace(caption, "$1");
        caption = CaptionPatterns.PunctuationAtStart().Replace(caption, "");
        caption = CaptionPatterns.PunctuationAtEnd().Replace(caption, "");
        caption = CaptionPatterns.OnlyDotWord().Replace(caption, "");
        return PythonText.Strip(caption);
    }
}
