using System.Globalization;
using System.Text;
using System.Text.Json;
using FloydSharp.IO.Tokenizers.SentencePiece;

namespace FloydSharp.IO.Tokenizers;

/// <summary>
/// The tokenizer of T5: a SentencePiece Unigram model with &lt;/s&gt; after the text. Special tokens that are spelled out in
/// the text count as such, as in the reference (transformers, T5Tokenizer). It does not depend on the size of the vocabulary.
/// </summary>
public sealed class T5Tokenizer : ITokenizer
{
    private const string ModelFile = "spiece.model", ConfigFile = "tokenizer_config.json", MapFile = "special_tokens_map.json";
    private const int DefaultExtraIds = 100;

    private readonly SentencePieceModel _model;
    private readonly UnigramEncoder _encoder;
    private readonly SpecialTokens _special;

    private T5Tokenizer(SentencePieceModel model, IReadOnlyDictionary<string, int> special, int end, int padding, int maxLength)
    {
        _model = model;
        _encoder = new UnigramEncoder(model);
        _special = new SpecialTokens(special);
        EndId = end;
        PaddingId = padding;
        MaxLength = maxLength;
    }

    /// <inheritdoc/>
    public int MaxLength { get; }

    /// <summary>Id of the token that ends every text; 1 in T5.</summary>
    public int EndId { get; }

    /// <summary>Id that fills up short texts; 0 in T5.</summary>
    public int PaddingId { get; }

    /// <summary>Id of text that has no token; 2 in T5.</summary>
    public int UnknownId => _model.UnknownId;

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="folder">Folder with spiece.model, and tokenizer_config.json and special_tokens_map.json where there are any.</param>
    /// <param name="maxLength">Number of ids of an encoded text, 2 or more; a smaller model_max_length of the folder wins. IF uses 77.</param>
    /// <returns>The tokenizer; holds no file open.</returns>
    /// <exception cref="FloydException">A file is missing, damaged or not a T5 tokenizer's; the message names it.</exception>
    public static T5Tokenizer Load(string folder, int maxLength = 77)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        var files = new TokenizerFolder(folder);
        if (!files.Has(ModelFile) && files.Has("tokenizer.json"))
            throw new FloydException($"{folder} has tokenizer.json but no {ModelFile}, which is the form that is read here; copy {ModelFile} from the tokenizer folder of the original checkpoint (DeepFloyd IF, T5 v1.1) beside it.");
        SentencePieceModel model;
        try
        {
            model = SentencePieceModel.Parse(files.Read(ModelFile));
        }
        catch (InvalidDataException e)
        {
            throw new FloydException($"{files.FileOf(ModelFile)} is not a SentencePiece model that T5 uses: {e.Message}. Download it again.", e);
        }

        var config = files.ReadObject(ConfigFile);
        var map = files.ReadObject(MapFile);
        var special = AddedTokens(files, config);
        AddExtraIds(special, model, config);
        var end = Special("eos_token", "</s>");
        var padding = Special("pad_token", "<pad>");
        special.TryAdd(model.Pieces[model.UnknownId].Text, model.UnknownId);
        return new T5Tokenizer(model, special, end, padding, TokenizerFolder.MaxLength(config, maxLength));

        int Special(string key, string usual)
        {
            var text = files.SpecialToken(map, MapFile, key) ?? files.SpecialToken(config, ConfigFile, key) ?? usual;
            if (!special.TryGetValue(text, out var id) && !model.Ids.TryGetValue(text, out id))
                throw new FloydException($"{files.FileOf(ModelFile)} has no piece \"{text}\", the tokenizer's {key}; the files in {folder} do not belong together. Download them again.");
            special.TryAdd(text, id);
            return id;
        }
    }

    /// <inheritdoc/>
    public TokenizedText Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<(int Id, int Length)>();
        var surface = new StringBuilder();
        foreach (var (start, length, id) in _special.Split(text))
        {
            if (id is { } special)
            {
                surface.Append(text, start, length);
                tokens.Add((special, length));
            }
            else
            {
                var normalized = Normalizer.Normalize(_model, text.AsSpan(start, length));
                surface.Append(normalized);
                _encoder.Encode(normalized, tokens);
            }
        }

        var ids = new int[tokens.Count];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = tokens[i].Id;
        return TokenizedText.Create(ids, null, EndId, PaddingId, MaxLength, kept =>
        {
            var from = 0;
            for (var i = 0; i < kept; i++)
                from += tokens[i].Length;
            return surface.ToString(from, surface.Length - from).Replace(Normalizer.Space, ' ').Trim();
        });
    }

    private static Dictionary<string, int> AddedTokens(TokenizerFolder files, JsonElement? config)
    {
        var tokens = new Dictionary<string, int>();
        if (config is not { } json || !json.TryGetProperty("added_tokens_decoder", out var added))
            return tokens;
        if (added.ValueKind != JsonValueKind.Object)
            throw new FloydException($"{files.FileOf(ConfigFile)}: \"added_tokens_decoder\" is a JSON {added.ValueKind}; expected an object. Download the file again.");
        foreach (var token in added.EnumerateObject())
        {
            if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || TokenizerFolder.TokenContent(token.Value) is not { } text)
                throw new FloydException($"{files.FileOf(ConfigFile)}: the added token \"{token.Name}\" needs a whole number as its name and a text as its \"content\". Download the file again.");
            tokens[text] = id;
        }
        return tokens;
    }

    // Sentinels lie behind the vocabulary, the last one first. Newer files list them with their ids, older ones count them.
    private static void AddExtraIds(Dictionary<string, int> special, SentencePieceModel model, JsonElement? config)
    {
        var count = DefaultExtraIds;
        if (config is { } json && json.TryGetProperty("extra_ids", out var value) && value.ValueKind == JsonValueKind.Number &&
            value.TryGetInt32(out var given) && given is >= 0 and <= 10000)
            count = given;
        for (var i = 0; i < count; i++)
            special.TryAdd($"<extra_id_{i.ToString(CultureInfo.InvariantCulture)}>", model.Pieces.Count + count - 1 - i);
    }
}
