using System.CommandLine;
using FloydSharp.Training.Data;
using FloydSharp.Training.Tokenizers;

namespace FloydSharp.Training.Commands;

/// <summary>Writes the tokenizers alone.</summary>
internal static class TokenizerCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "Folder; gets t5/ and clip/.", Required = true };
        var length = new Option<int>("--tokens") { Description = "Tokens of every text for T5.", DefaultValueFactory = _ => TokenizerWords.MaxLength };
        var data = new Option<string?>("--data") { Description = "Folder of captioned pictures whose words to take; the drawn world's by default." };
        var command = new Command("tokenizer", """
            Writes a SentencePiece model for T5 and a byte pair vocabulary for CLIP, of the words of the captions.
              floyd-train tokenizer --out tokenizers
            """) { output, length, data };
        return command.Does((parse, _) =>
        {
            var words = parse.GetValue(data) is { } folder ? TokenizerWords.Of(new FolderSource(folder).Captions) : TokenizerWords.OfWorld();
            var unigram = new UnigramVocabulary(words);
            var pairs = new BytePairVocabulary(words, TokenizerWords.ClipSize);
            unigram.Save(Path.Combine(parse.GetValue(output)!, "t5"), parse.GetValue(length));
            pairs.Save(Path.Combine(parse.GetValue(output)!, "clip"), TokenizerWords.ClipMaxLength);
            parse.InvocationConfiguration.Output.WriteLine($"{words.Count} words: {unigram.PieceCount} pieces for T5 (table of {unigram.Size}), {pairs.Size} tokens for CLIP");
        });
    }
}
