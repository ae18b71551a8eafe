using FloydSharp.IO;

namespace FloydSharp.Training.Tokenizers;

/// <summary>
/// The pieces of a SentencePiece Unigram model: whole words with the space before them, and single characters that are so much
/// less likely that they are used only where no word fits. No piece of several characters lacks the space, so what follows a
/// quotation mark is spelled out: a model that draws text sees its letters.
/// </summary>
internal sealed class UnigramVocabulary
{
    private const int Control = 3, Unknown = 2, Normal = 1;
    private const char Space = '\u2581';
    private const float CharacterScore = -20;
    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789\"'.,!?-:;()&/+*#%$@=_[]<>|~^`{}\\";

    private readonly List<(string Text, float Score, int Kind)> _pieces = [("<pad>", 0, Control), ("</s>", 0, Control), ("<unk>", 0, Unknown)];

    /// <summary>Builds the pieces.</summary>
    /// <param name="words">Words that captions use, the more frequent first; brought to lower case, cut at spaces and hyphens, doubles left out.</param>
    /// <param name="roundTo">The vocabulary's size is the next multiple of this.</param>
    /// <exception cref="FloydException">There are no words.</exception>
    public UnigramVocabulary(IEnumerable<string> words, int roundTo = 64)
    {
        string[] known = [.. words
            .SelectMany(w => w.ToLowerInvariant().Split([' ', '-', '"', ',', '.'], StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length is > 1 and < 32 || w == "a" || w == "i").Distinct()];
        if (known.Length == 0)
            throw new FloydException("There are no words to make a vocabulary of; give captions or words.");
        _pieces.Add((Space.ToString(), CharacterScore, Normal));
        _pieces.Add(($"{Space}\"", CharacterScore / 2, Normal));
        _pieces.Add(($"{Space}'", CharacterScore / 2, Normal));
        _pieces.AddRange(Characters.Select(c => (c.ToString(), CharacterScore, Normal)));

        // Zipf's law with a flat head; the exact values matter little, as a word is always likelier than its letters.
        var total = Enumerable.Range(0, known.Length).Sum(i => 1.0 / (i + 10));
        _pieces.AddRange(known.Select((w, i) => ($"{Space}{w}", (float)Math.Log(1.0 / (i + 10) / total), Normal)));
        Size = (_pieces.Count + roundTo - 1) / roundTo * roundTo;
    }

    /// <summary>Rows that the encoder's table needs: the pieces, rounded up.</summary>
    public int Size { get; }

    /// <summary>Number of pieces.</summary>
    public int PieceCount => _pieces.Count;

    /// <summary>The id of a piece; -1 where there is none.</summary>
    public int IdOf(string piece) => _pieces.FindIndex(p => p.Text == piece);

    /// <summary>Writes spiece.model and its two companions.</summary>
    /// <param name="folder">Created where it is missing; files of these names are replaced.</param>
    /// <param name="maxLength">Tokens of every encoded text.</param>
    public void Save(string folder, int maxLength)
    {
        Directory.CreateDirectory(folder);
        TextFiles.Write(Path.Combine(folder, "spiece.model"), ToModel());
        TextFiles.Write(Path.Combine(folder, "tokenizer_config.json"), $$"""
            {
              "tokenizer_class": "T5Tokenizer",
              "eos_token": "</s>",
              "pad_token": "<pad>",
              "unk_token": "<unk>",
              "extra_ids": 0,
              "additional_special_tokens": [],
              "legacy": false,
              "model_max_length": {{maxLength}}
            }

            """);
        TextFiles.Write(Path.Combine(folder, "special_tokens_map.json"), """
            {
              "eos_token": "</s>",
              "pad_token": "<pad>",
              "unk_token": "<unk>"
            }

            """);
    }

    /// <summary>The model as SentencePiece stores it (sentencepiece_model.proto).</summary>
    public byte[] ToModel()
    {
        var model = new ProtobufWriter();
        foreach (var (text, score, kind) in _pieces)
            model.Message(1, new ProtobufWriter().Text(1, text).Single(2, score).Number(3, kind));
        model.Message(2, new ProtobufWriter()
            .Number(3, 1).Number(4, _pieces.Count)
            .Number(40, 2).Number(41, -1).Number(42, 1).Number(43, 0)
            .Text(45, "<unk>").Text(47, "</s>").Text(48, "<pad>"));
        model.Message(3, new ProtobufWriter().Text(1, "identity").Number(3, 1).Number(4, 1).Number(5, 1));
        return model.ToArray();
    }
}
