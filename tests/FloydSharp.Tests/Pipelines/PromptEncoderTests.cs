using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Pipelines;

public sealed class PromptEncoderTests(ITestOutputHelper output)
{
    private static readonly double Tolerance = TestDevice.Forward;

    public static TheoryData<GoldenCase> PromptCases =>
        [.. GoldenCase.OfKind("IFPipeline.encode_prompt").Concat(GoldenCase.OfKind("IFPipeline"))];

    [Theory]
    [MemberData(nameof(PromptCases))]
    public void Encode_GoldenPrompts_AgreesWithReference(GoldenCase golden)
    {
        Assert.SkipUnless(golden.Folder.HasWholeVocabulary, "The checkpoint's vocabulary is a miniature one, or the tokenizers are not here.");
        var args = new GoldenArguments(golden);
        using var encoder = LoadT5(golden.Folder);
        using var expected = GoldenTensors.Load(golden);

        // encode_prompt called alone does not clean the caption; a pipeline called with a prompt does.
        using var embeddings = encoder.Encode(args.Prompts, args.NegativePrompts, cleanCaption: golden.Kind == "IFPipeline");

        TensorAssert.Close(expected["prompt_embeds"], embeddings.Positive, Tolerance, output, $"{golden} positive");
        TensorAssert.Close(expected["negative_prompt_embeds"], embeddings.Negative!, Tolerance, output, $"{golden} negative");
    }

    [Fact]
    public void Encode_PromptOverTheLimit_SaysWhatWasCut()
    {
        using var encoder = LoadT5(FullFolder());
        var prompt = string.Join(" ", Enumerable.Repeat("mountain", 100)) + " zebra";

        using var embeddings = encoder.Encode([prompt]);

        var cut = Assert.Single(embeddings.Cuts);
        Assert.Equal(prompt, cut.Prompt);
        Assert.EndsWith("zebra", cut.Removed, StringComparison.Ordinal);
        Assert.True(cut.TokenCount > cut.MaxTokens);
    }

    [Fact]
    public void Encode_NumberOfNegativePromptsThatFitsNothing_Throws()
    {
        using var encoder = LoadT5(FullFolder());

        var error = Assert.Throws<FloydException>(() => encoder.Encode(["a", "b", "c"], ["x", "y"]));

        Assert.Contains("3 prompts and 2 negative prompts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_TokenizerOfALargerVocabulary_SaysThatTheyDoNotBelongTogether()
    {
        var tokenizer = FullFolder().Tokenizer("t5")!;
        using var encoder = PromptEncoder.LoadT5(GoldenFolder.All[0].Checkpoint("if-I/text_encoder"), tokenizer);

        var error = Assert.Throws<FloydException>(() => encoder.Encode(["a photograph of an astronaut"]));

        Assert.Contains("different checkpoints", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ThenDispose_LeavesNoTensor()
    {
        var folder = FullFolder();
        TensorAssert.NoLeaks(() =>
        {
            using var encoder = LoadT5(folder);
            using var embeddings = encoder.Encode(["a red cube", "a blue ball"], ["blurry"]);
        });
    }

    private static GoldenFolder FullFolder()
    {
        var folder = GoldenFolder.All.FirstOrDefault(f => f.HasWholeVocabulary);
        Assert.SkipWhen(folder is null, "There is no golden folder with the whole vocabulary and its tokenizers.");
        return folder!;
    }

    private static PromptEncoder LoadT5(GoldenFolder folder) =>
        PromptEncoder.LoadT5(folder.Checkpoint("if-I/text_encoder"), folder.Tokenizer("t5")!, TestDevice.Load);
}
