using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FloydSharp.Training.Tokenizers;

/// <summary>
/// A small vocabulary of CLIP's kind, trained by byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1): all
/// bytes, alone and as the end of a word, then the most frequent pairs, then the two special tokens.
/// </summary>
internal sealed class BytePairVocabulary
{
    private const string EndOfWord = "</w>", Begin = "<|startoftext|>", End = "<|endoftext|>";

    private readonly List<string> _tokens = [];
    private readonly List<(string Left, string Right)> _merges = [];

    /// <summary>Trains the vocabulary.</summary>
    /// <param name="words">Words of the captions; earlier ones count a little more.</param>
    /// <param name="size">Tokens in all, more than 514.</param>
    public BytePairVocabulary(IEnumerable<string> words, int size)
    {
        var characters = Enumerable.Range(0, 256).Select(b => CharacterOf((byte)b).ToString()).ToArray();
        _tokens.AddRange(characters);
        _tokens.AddRange(characters.Select(c => c + EndOfWord));

        string[] known = [.. words.SelectMany(w => w.ToLowerInvariant().Split([' ', '-', '"', ',', '.', '\''], StringSplitOptions.RemoveEmptyEntries)).Distinct()];
        var spelled = known.Select((w, i) => (Symbols: Spell(w), Weight: 1.0 + (1.0 / (i + 10)))).Where(w => w.Symbols.Count > 0).ToList();
        while (_tokens.Count < size - 2 && MostFrequentPair(spelled) is { } pair)
        {
            _merges.Add(pair);
            _tokens.Add(pair.Left + pair.Right);
            foreach (var (symbols, _) in spelled)
                Join(symbols, pair);
        }

        _tokens.Add(Begin);
        _tokens.Add(End);
    }

    /// <summary>Number of tokens.</summary>
    public int Size => _tokens.Count;

    /// <summary>Writes vocab.json, merges.txt and the two companions.</summary>
    /// <param name="folder">Created where it is missing; files of these names are replaced.</param>
    /// <param name="maxLength">Tokens of every encoded text.</param>
    public void Save(string folder, int maxLength)
    {
        Directory.CreateDirectory(folder);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            for (var id = 0; id < _tokens.Count; id++)
                writer.WriteNumber(_tokens[id], id);
            writer.WriteEndObject();
        }

        TextFiles.Write(Path.Combine(folder, "vocab.json"), json.ToArray());
        var merges = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right) in _merges)
            merges.Append(left).Append(' ').Append(right).Append('\n');
        TextFiles.Write(Path.Combine(folder, "merges.txt"), merges.ToString());
        var special = $$"""
              "bos_token": "{{Begin}}",
              "eos_token": "{{End}}",
              "pad_token": "{{End}}",
              "unk_token": "{{End}}"
            """;
        TextFiles.Write(Path.Combine(folder, "special_tokens_map.json"), $"{{\n{special}\n}}\n");
        TextFiles.Write(Path.Combine(folder, "tokenizer_config.json"),
            $"{{\n  \"tokenizer_class\": \"CLIPTokenizer\",\n  \"do_lower_case\": true,\n  \"model_max_length\": {maxLength},\n{special}\n}}\n");
    }

    private static List<string> Spell(string word)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        return [.. bytes.Select((b, i) => CharacterOf(b) + (i == bytes.Length - 1 ? EndOfWord : ""))];
    }

    private static (string Left, string Right)? MostFrequentPair(List<(List<string> Symbols, double Weight)> words)
    {
        var counts = new Dictionary<(string Left, string Right), double>();
        foreach (var (symbols, weight) in words)
        {
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                var pair = (symbols[i], symbols[i + 1]);
                counts[pair] = counts.GetValueOrDefault(pair) + weight;
            }
        }

        return counts.Count == 0
            ? null
            : counts.OrderByDescending(p => p.Value).ThenBy(p => p.Key.Left, StringComparer.Ordinal).ThenBy(p => p.Key.Right, StringComparer.Ordinal).First().Key;
    }

    private static void Join(List<string> symbols, (string Left, string Right) pair)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != pair.Left || symbols[i + 1] != pair.Right)
                continue;
            symbols[i] += pair.Right;
            symbols.RemoveAt(i + 1);
        }
    }

    // GPT-2's printable stand-ins: the other bytes take U+0100 and its followers in turn.
    private static char CharacterOf(byte value)
    {
        static bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        return IsPrintable(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(b => !IsPrintable(b)));
    }
}
