using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

public sealed class PromptEmbeddingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Save_ThenLoad_KeepsTensorsAndTexts()
    {
        using var saved = new PromptEmbeddings(arange(24, ScalarType.Float32).view(2, 3, 4), zeros(2, 3, 4), ["a \"b\"", "ç"], ["", "x"]);
        saved.Save(_folder.File("e.safetensors"));

        using var loaded = PromptEmbeddings.Load(_folder.File("e.safetensors"));

        TensorAssert.Close(saved.Positive, loaded.Positive, 0);
        TensorAssert.Close(saved.Negative!, loaded.Negative!, 0);
        Assert.Equal(saved.Prompts, loaded.Prompts);
        Assert.Equal(saved.NegativePrompts, loaded.NegativePrompts);
    }

    [Fact]
    public void Select_SomeRows_KeepsTensorsTextsAndStyles()
    {
        using var all = new PromptEmbeddings(
            arange(36, ScalarType.Float32).view(3, 3, 4), zeros(3, 3, 4), ["a", "b", "c"], ["", "", "z"], arange(36, 72, ScalarType.Float32).view(3, 3, 4), ["s", "t", "u"]);
        all.Save(_folder.File("e.safetensors"));
        using var loaded = PromptEmbeddings.Load(_folder.File("e.safetensors"));

        using var some = loaded.Select([2, 0, 2]);

        using var scope = NewDisposeScope();
        var index = tensor(new long[] { 2, 0, 2 });
        TensorAssert.Close(all.Positive.index_select(0, index), some.Positive, 0);
        TensorAssert.Close(all.Style!.index_select(0, index), some.Style!, 0);
        Assert.Equal(["c", "a", "c"], some.Prompts);
        Assert.Equal(["z", "", "z"], some.NegativePrompts);
        Assert.Equal(["u", "s", "u"], some.StylePrompts);
        Assert.Throws<FloydException>(() => loaded.Select([3]));
        Assert.Throws<FloydException>(() => loaded.Select([]));
    }

    [Fact]
    public void Constructor_StyleOfAnotherShape_Throws()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<FloydException>(() => new PromptEmbeddings(zeros(2, 3, 4), null, style: zeros(1, 3, 4)));
        Assert.Contains("a style's", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_FileThatExists_IsKept()
    {
        File.WriteAllText(_folder.File("e.safetensors"), "mine");
        using var embeddings = new PromptEmbeddings(zeros(1, 3, 4), null);

        Assert.ThrowsAny<FloydException>(() => embeddings.Save(_folder.File("e.safetensors")));

        Assert.Equal("mine", File.ReadAllText(_folder.File("e.safetensors")));
    }

    [Fact]
    public void Load_FileOfSomethingElse_SaysWhatIsExpected()
    {
        using (var other = zeros(3))
            TensorFile.Write(_folder.File("e.safetensors"), new Dictionary<string, Tensor> { ["weight"] = other });

        var error = Assert.Throws<FloydException>(() => PromptEmbeddings.Load(_folder.File("e.safetensors")));

        Assert.Contains("prompt_embeds", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new long[] { 3, 4 }, null)]
    [InlineData(new long[] { 0, 3, 4 }, null)]
    [InlineData(new long[] { 1, 3, 4 }, new long[] { 2, 3, 4 })]
    public void Constructor_ShapesThatDoNotFit_Throws(long[] positive, long[]? negative)
    {
        using var p = zeros(positive);
        using var n = negative is null ? null : zeros(negative);

        Assert.Throws<FloydException>(() => new PromptEmbeddings(p, n));
    }

    [Fact]
    public void LoadAndDispose_ManyTimes_LeavesNoTensor()
    {
        using (var saved = new PromptEmbeddings(zeros(2, 3, 4), zeros(2, 3, 4)))
            saved.Save(_folder.File("e.safetensors"));

        TensorAssert.NoLeaks(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var loaded = PromptEmbeddings.Load(_folder.File("e.safetensors"));
                using var copy = loaded.Cpu();
            }
        });
    }

    public void Dispose() => _folder.Dispose();
}
