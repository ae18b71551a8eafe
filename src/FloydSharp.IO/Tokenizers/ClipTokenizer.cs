using System.Text;
using FloydSharp.IO.Tokenizers.BytePair;
using FloydSharp.IO.Tokenizers.CharacterData;

namespace FloydSharp.IO.Tokenizers;

/// <summary>
/// CLIP's tokenizer: byte pair encoding of lower-case text between a begin and an end token. Special tokens that are
/// spelled out in the text count as such, which with the x4 upscaler's padding token "!" includes exclamation marks, as in
/// the reference (transformers, CLIPTokenizer).
/// </summary>
public sealed class ClipTokenizer : ITokenizer
{
    private const string VocabularyFile = "vocab.json", MergesFile = "merges.txt", ConfigFile = "tokenizer_config.json", MapFile = "special_tokens_map.json";

    private readonly Dictionary<string, int> _vocabulary;
    private readonly BytePairEncoder _encoder;
    private readonly SpecialTokens _special;

    private ClipTokenizer(Dictionary<string, int> vocabulary, BytePairEncoder encoder, Dictionary<string, int> special)
    {
        _vocabulary = vocabulary;
        _encoder = encoder;
        _special = new SpecialTokens(special);
    }

    /// <inheritdoc/>
    public int MaxLength { get; private init; }

    /// <summary>Id of the token that begins every text; 49406 in CLIP.</summary>
    public int BeginId { get; private init; }

    /// <summary>Id of the token that ends every text; 49407 in CLIP.</summary>
    public int EndId { get; private init; }

    /// <summary>Id that fills up short texts; 0 in the x4 upscaler.</summary>
    public int PaddingId { get; private init; }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="folder">Folder with vocab.json and merges.txt, and special_tokens_map.json and tokenizer_config.json where there are any.</param>
    /// <param name="maxLength">Number of ids of an encoded text, 3 or more; a smaller model_max_length of the folder wins. CLIP has 77 positions.</param>
    /// <returns>The tokenizer; holds no file open.</returns>
    /// <exception cref="FloydException">A file is missing, damaged or not a CLIP tokenizer's; the message names it.</exception>
    public static ClipTokenizer Load(string folder, int maxLength = 77)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 3);
        var files = new TokenizerFolder(folder);
        if (!files.Has(VocabularyFile) && files.Has("tokenizer.json"))
            throw new FloydException($"{folder} has tokenizer.json but no {VocabularyFile} and {MergesFile}, which is the form that is read here; copy these two from the tokenizer folder of the original checkpoint beside it.");
        var vocabulary = BytePairFiles.ReadVocabulary(files.Read(VocabularyFile), files.FileOf(VocabularyFile));
        var merges = BytePairFiles.ReadMerges(files.Read(MergesFile), files.FileOf(MergesFile), vocabulary);
        var config = files.ReadObject(ConfigFile);
        var map = files.ReadObject(MapFile);

        var special = new Dictionary<string, int>();
        var begin = Special("bos_token", "<|startoftext|>");
        var end = Special("eos_token", "<|endoftext|>");
        var unknown = Special("unk_token", "<|endoftext|>");
        var padding = Special("pad_token", "<|endoftext|>");
        return new ClipTokenizer(vocabulary, new BytePairEncoder(vocabulary, merges, unknown), special)
        {
            BeginId = begin,
            EndId = end,
            PaddingId = padding,
            MaxLength = Math.Max(3, TokenizerFolder.MaxLength(config, maxLength)),
        };

        int Special(string key, string usual)
        {
            // The map is what the reference follows where the two disagree.
            var text = files.SpecialToken(map, MapFile, key) ?? files.SpecialToken(config, ConfigFile, key) ?? usual;
            if (!vocabulary.TryGetValue(text, out var id))
                throw new FloydException($"{files.FileOf(VocabularyFile)} has no token \"{text}\", the tokenizer's {key}; the files in {folder} do not belong together. Download them again.");
            special[text] = id;
            return id;
        }
    }

    /// <inheritdoc/>
    public TokenizedText Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // The small dotted I is the one letter that becomes two.
        var lower = CanonicalComposition.Compose(text).ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
        var ids = new List<int>();
        var bytes = Array.Empty<byte>();
        foreach (var (start, length, id) in _special.Split(lower))
        {
            if (id is { } special)
            {
                ids.Add(special);
                continue;
            }
            for (var rest = lower.AsSpan(start, length); !rest.IsEmpty;)
            {
                var word = rest[..ClipWords.Next(rest, out var isSpace)];
                rest = rest[word.Length..];
                if (isSpace)
                    continue;
                if (bytes.Length < Encoding.UTF8.GetMaxByteCount(word.Length))
                    bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
                _encoder.Encode(bytes.AsSpan(0, Encoding.UTF8.GetBytes(word, bytes)), ids);
            }
        }
        return TokenizedText.Create([.. ids], BeginId, EndId, PaddingId, MaxLength, kept => Decode(ids, kept));
    }

    private string Decode(List<int> ids, int first)
    {
        var tokens = new Dictionary<int, string>(_vocabulary.Count);
        foreach (var (token, id) in _vocabulary)
            tokens[id] = token;
        var bytes = new List<byte>();
        for (var i = first; i < ids.Count; i++)
        {
            var token = tokens[ids[i]];
            var isEnd = token.EndsWith(BytePairEncoder.EndOfWord, StringComparison.Ordinal);
            foreach (var c in isEnd ? token.AsSpan(0, token.Length - BytePairEncoder.EndOfWord.Length) : token)
            {
                if (ByteAlphabet.TryGetByte(c, out var value))
                    bytes.Add(value);
            }
            if (isEnd)
                bytes.Add((byte)' ');
        }
        return Encoding.UTF8.GetString([.. bytes]).Trim();
    }
}
