using System.Text;
using CsCheck;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Tokenizers;

public class HostileTokenizerFilesTests
{
    private static readonly byte[] s_model = TinyModels.SentencePiece(characterMap: TinyModels.CharacterMap(7, "x"));

    public static TheoryData<string, byte[]> BadModels => new()
    {
        { "no pieces", [] },
        { "damaged", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F] },
        { "damaged", [0x0B] },
        { "damaged", [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01] },
        { "Git LFS", Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\n") },
        { "not of the Unigram kind", TinyModels.SentencePiece(modelType: 2) },
        { "are the same", TinyModels.SentencePiece([.. TinyModels.Pieces, ("cat", -1, 1), ("cat", -2, 1)]) },
        { "both stand for unknown", TinyModels.SentencePiece([.. TinyModels.Pieces, ("<u>", 0, 2)]) },
        { "no piece for unknown", TinyModels.SentencePiece([.. TinyModels.Pieces.Where(p => p.Kind != 2)]) },
        { "no piece \"</s>\"", TinyModels.SentencePiece([.. TinyModels.Pieces.Where(p => p.Text != "</s>")]) },
        { "no number", TinyModels.SentencePiece([.. TinyModels.Pieces, ("x", float.NaN, 1)]) },
        { "kind 6", TinyModels.SentencePiece([.. TinyModels.Pieces, ("<0x00>", 0, 6)]) },
        { "0 characters", TinyModels.SentencePiece([.. TinyModels.Pieces, ("", 0, 1)]) },
        { "wrong length", TinyModels.SentencePiece(characterMap: [0xFF, 0xFF, 0xFF, 0x7F, 0]) },
        { "cut short", TinyModels.SentencePiece(characterMap: [1, 0]) },
    };

    [Theory]
    [MemberData(nameof(BadModels))]
    public void LoadT5_DamagedModel_NamesTheFile(string complaint, byte[] model)
    {
        using var folder = new TemporaryFolder().Add("spiece.model", model);
        var message = Assert.Throws<FloydException>(() => T5Tokenizer.Load(folder.Path)).Message;
        Assert.Contains("spiece.model", message, StringComparison.Ordinal);
        Assert.Contains(complaint, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void LoadT5_ModelCutAnywhere_ThrowsOrStillEncodes()
    {
        for (var length = 0; length < s_model.Length; length += length < 400 ? 1 : 97)
            LoadAndEncode(s_model[..length]);
    }

    [Fact]
    public void LoadT5_ModelWithChangedBytes_ThrowsOrStillEncodes() =>
        Gen.Select(Gen.Int[0, s_model.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var model = (byte[])s_model.Clone();
            foreach (var (at, value) in changes)
                model[at] = value;
            LoadAndEncode(model);
        }, iter: 300);

    [Theory]
    [InlineData("tokenizer_config.json", "[]")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": 3}")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"-1\": {\"content\": \"x\"}}}")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"99\": {\"content\": 5}}}")]
    [InlineData("special_tokens_map.json", "{\"eos_token\": 5}")]
    [InlineData("special_tokens_map.json", "{\"eos_token\": \"\\ud800\"}")]
    [InlineData("special_tokens_map.json", "{\"eos_token\"")]
    [InlineData("special_tokens_map.json", "")]
    public void Load_DamagedConfiguration_NamesTheFile(string file, string json)
    {
        using var folder = new TemporaryFolder().Add("spiece.model", TinyModels.SentencePiece()).Add(file, json);
        Assert.Contains(file, Assert.Throws<FloydException>(() => T5Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1, 2]")]
    [InlineData("{\"a\": ")]
    [InlineData("{\"a\": \"b\"}")]
    [InlineData("{\"a\": -1}")]
    [InlineData("{\"a\": 1.5}")]
    [InlineData("{\"a\": 99999999999}")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"a\": 1, \"b\": 1}")]
    [InlineData("{\"\\ud800\": 1}")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": 1}")]
    public void LoadClip_DamagedVocabulary_NamesTheFile(string json)
    {
        using var folder = new TemporaryFolder().Add("vocab.json", json).Add("merges.txt", "#version: 0.2\n");
        Assert.Contains("vocab.json", Assert.Throws<FloydException>(() => ClipTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ca", "line 1")]
    [InlineData("#version: 0.2\nc a\n\nc  a", "line 4")]
    [InlineData("c a\nc a", "a second time")]
    [InlineData("x yz", "not in vocab.json")]
    [InlineData("x y", "not in vocab.json")]
    public void LoadClip_DamagedMerges_NamesFileAndLine(string merges, string complaint)
    {
        using var folder = new TemporaryFolder().Add("vocab.json", TinyModels.ClipVocabulary()).Add("merges.txt", merges);
        var message = Assert.Throws<FloydException>(() => ClipTokenizer.Load(folder.Path)).Message;
        Assert.Contains("merges.txt", message, StringComparison.Ordinal);
        Assert.Contains(complaint, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFolderOrFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("spiece.model", Assert.Throws<FloydException>(() => T5Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("vocab.json", Assert.Throws<FloydException>(() => ClipTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", Assert.Throws<FloydException>(() => T5Tokenizer.Load(Path.Combine(folder.Path, "nowhere"))).Message, StringComparison.Ordinal);
    }

    private static void LoadAndEncode(byte[] model)
    {
        using var folder = new TemporaryFolder().Add("spiece.model", model);
        try
        {
            Assert.Equal(77, T5Tokenizer.Load(folder.Path).Encode("a cat \a\u00E9 \U0001F984 x").Ids.Length);
        }
        catch (FloydException e)
        {
            Assert.Contains("spiece.model", e.Message, StringComparison.Ordinal);
        }
    }
}
