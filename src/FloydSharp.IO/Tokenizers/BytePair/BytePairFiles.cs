using System.Text;
using System.Text.Json;

namespace FloydSharp.IO.Tokenizers.BytePair;

/// <summary>Reads vocab.json (token to id) and merges.txt (pairs to join, the first come first) and checks that they fit each other.</summary>
internal static class BytePairFiles
{
    public static Dictionary<string, int> ReadVocabulary(ReadOnlySpan<byte> json, string file)
    {
        try
        {
            var vocabulary = new Dictionary<string, int>(json.Length / 20);
            var seen = new HashSet<int>(json.Length / 20);
            var reader = new Utf8JsonReader(json.StartsWith("\uFEFF"u8) ? json[3..] : json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new FloydException($"{file} is not a JSON object of tokens and their ids; download it again.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var token = reader.GetString()!;
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || id < 0)
                    throw new FloydException($"{file}: the id of \"{token}\" is not a whole number from 0 on; download it again.");
                if (!vocabulary.TryAdd(token, id) || !seen.Add(id))
                    throw new FloydException($"{file} has the token \"{token}\" or its id {id} twice; download it again.");
            }
            if (reader.Read())
                throw new FloydException($"{file} has more after its object of tokens; download it again.");
            return vocabulary;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FloydException($"{file} is not valid JSON ({e.Message}); download it again.", e);
        }
    }

    public static Dictionary<long, (int Rank, int Id)> ReadMerges(ReadOnlySpan<byte> utf8, string file, Dictionary<string, int> vocabulary)
    {
        var text = Encoding.UTF8.GetString(utf8);
        var merges = new Dictionary<long, (int Rank, int Id)>(text.Length / 10);
        var ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        var whole = new char[256];
        var line = 0;
        foreach (var entry in text.AsSpan().EnumerateLines())
        {
            line++;
            if (entry.IsWhiteSpace() || (line == 1 && entry.StartsWith("#version")))
                continue;
            var space = entry.IndexOf(' ');
            if (space <= 0 || space == entry.Length - 1 || entry.Length > whole.Length)
                throw new FloydException($"{file}, line {line}: expected two tokens with a space between them; download it again.");
            entry[..space].CopyTo(whole);
            entry[(space + 1)..].CopyTo(whole.AsSpan(space));
            if (!ids.TryGetValue(entry[..space], out var left) || !ids.TryGetValue(entry[(space + 1)..], out var right) ||
                !ids.TryGetValue(whole.AsSpan(0, entry.Length - 1), out var id))
                throw new FloydException($"{file}, line {line}: a token of \"{entry}\" is not in vocab.json; the two files do not belong together. Download both again.");
            if (!merges.TryAdd(BytePairEncoder.Pair(left, right), (merges.Count, id)))
                throw new FloydException($"{file}, line {line}: \"{entry}\" stands there a second time; download it again.");
        }
        return merges;
    }
}
