using FloydSharp.IO.Hub;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

public class RepositoryPlanTests
{
    private const string Stage1 = """
        {
          "_class_name": "IFPipeline", "_diffusers_version": "0.17.0",
          "feature_extractor": ["transformers", "CLIPImageProcessor"],
          "safety_checker": ["deepfloyd_if", "IFSafetyChecker"],
          "scheduler": ["diffusers", "DDPMScheduler"],
          "text_encoder": ["transformers", "T5EncoderModel"],
          "tokenizer": ["transformers", "T5Tokenizer"],
          "unet": ["diffusers", "UNet2DConditionModel"],
          "watermarker": ["deepfloyd_if", "IFWatermarker"],
          "left_out": [null, null],
          "requires_safety_checker": true
        }
        """;

    // The names of IF-I-XL-v1.0.
    private static readonly string[] _stage1Files =
    [
        ".gitattributes", "README.md", "LICENSE.md", "model_index.json", "IF-I-XL-v1.0.ckpt",
        "feature_extractor/preprocessor_config.json",
        "safety_checker/config.json", "safety_checker/model.fp16.safetensors", "safety_checker/model.safetensors", "safety_checker/pytorch_model.bin", "safety_checker/pytorch_model.fp16.bin",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json", "text_encoder/model.8bit.safetensors",
        "text_encoder/model.fp16-00001-of-00002.safetensors", "text_encoder/model.fp16-00002-of-00002.safetensors", "text_encoder/model.safetensors.index.fp16.json",
        "text_encoder/model-00001-of-00003.safetensors", "text_encoder/model-00002-of-00003.safetensors", "text_encoder/model-00003-of-00003.safetensors", "text_encoder/model.safetensors.index.json",
        "text_encoder/pytorch_model.8bit.bin", "text_encoder/pytorch_model.bin.index.json", "text_encoder/pytorch_model-00001-of-00003.bin",
        "tokenizer/special_tokens_map.json", "tokenizer/spiece.model", "tokenizer/tokenizer_config.json",
        "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.bin",
        "watermarker/config.json", "watermarker/diffusion_pytorch_model.safetensors", "watermarker/diffusion_pytorch_model.bin",
    ];

    private static readonly string[] _always =
    [
        "model_index.json", "feature_extractor/preprocessor_config.json", "safety_checker/config.json", "scheduler/scheduler_config.json",
        "tokenizer/special_tokens_map.json", "tokenizer/spiece.model", "tokenizer/tokenizer_config.json", "unet/config.json",
        "watermarker/config.json", "watermarker/diffusion_pytorch_model.safetensors",
    ];

    private static readonly RepoId _repo = RepoId.Parse("DeepFloyd/IF-I-XL-v1.0");

    [Fact]
    public void Make_ByDefault_TakesHalfPrecisionAndThe8BitTextEncoder()
    {
        var plan = Plan(_stage1Files, Stage1, new());
        Same([.. _always, "safety_checker/model.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "text_encoder/config.json", "text_encoder/model.8bit.safetensors"], plan);
        Assert.Equal(["DeepFloyd/IF-I-XL-v1.0: watermarker has no fp16; its plain files are taken"], plan.Notes);
    }

    [Fact]
    public void Make_WithTheTextEncoderInHalfPrecision_TakesAllItsShards() => Same(
        [.. _always, "safety_checker/model.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "text_encoder/config.json",
            "text_encoder/model.fp16-00001-of-00002.safetensors", "text_encoder/model.fp16-00002-of-00002.safetensors", "text_encoder/model.safetensors.index.fp16.json"],
        Plan(_stage1Files, Stage1, new() { TextEncoderVariant = "fp16" }));

    [Fact]
    public void Make_WithoutVariant_TakesThePlainFilesOnly()
    {
        var plan = Plan(_stage1Files, Stage1, new() { Variant = "", TextEncoderVariant = "" });
        Same(
            [.. _always, "safety_checker/model.safetensors", "unet/diffusion_pytorch_model.safetensors", "text_encoder/config.json", "text_encoder/model.safetensors.index.json",
                "text_encoder/model-00001-of-00003.safetensors", "text_encoder/model-00002-of-00003.safetensors", "text_encoder/model-00003-of-00003.safetensors"],
            plan);
        Assert.Empty(plan.Notes);
    }

    [Fact]
    public void Make_WithoutTextEncoder_LeavesItsFolderOut() => Same(
        [.. _always, "safety_checker/model.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors"], Plan(_stage1Files, Stage1, new() { TextEncoder = false }));

    [Fact]
    public void Make_WithoutThe8BitForm_TakesTheOther()
    {
        var plan = Plan([.. _stage1Files.Where(f => !f.Contains("8bit", StringComparison.Ordinal))], Stage1, new());
        Assert.Contains(plan.Files, f => f.Path == "text_encoder/model.fp16-00002-of-00002.safetensors");
        Assert.Contains("DeepFloyd/IF-I-XL-v1.0: text_encoder has no 8bit; fp16 is taken", plan.Notes);
    }

    [Fact]
    public void Make_WithOldNamesOfShards_FindsThem()
    {
        string[] files = ["model_index.json", "unet/config.json",
            "unet/diffusion_pytorch_model-00001-of-00002.fp16.safetensors", "unet/diffusion_pytorch_model-00002-of-00002.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors.index.json",
            "unet/diffusion_pytorch_model-00001-of-00001.safetensors", "unet/diffusion_pytorch_model.safetensors.index.json"];
        Same(files[..5], Plan(files, """{"unet": ["diffusers", "UNet2DConditionModel"]}""", new()));
        Same([.. files[..2], .. files[5..]], Plan(files, """{"unet": ["diffusers", "UNet2DConditionModel"]}""", new() { Variant = "" }));
    }

    [Fact]
    public void Make_OfARepositoryThatIsOneModel_TakesItsRoot() => Same(
        ["config.json", "spiece.model", "tokenizer_config.json", "model.8bit.safetensors"],
        Plan(["README.md", "config.json", "spiece.model", "tokenizer_config.json", "model.8bit.safetensors", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx"], null, new()));

    [Fact]
    public void Make_OfAnIndexThatNamesAFolderThatIsNotThere_TakesTheRest()
    {
        var plan = Plan([.. _stage1Files.Where(f => !f.StartsWith("tokenizer", StringComparison.Ordinal))], Stage1, new());
        Assert.Contains(plan.Files, f => f.Path == "unet/diffusion_pytorch_model.fp16.safetensors");
        Assert.Contains("DeepFloyd/IF-I-XL-v1.0: model_index.json names tokenizer, but there is no such folder", plan.Notes);
    }

    [Theory]
    [InlineData("only such as diffusion_pytorch_model.bin", "unet/config.json", "unet/diffusion_pytorch_model.bin")]
    [InlineData("in a form that is read here", "unet/config.json", "unet/model.onnx")]
    [InlineData("there are: int4", "unet/config.json", "unet/diffusion_pytorch_model.int4.safetensors")]
    [InlineData("names has weights (unet)", "vae/config.json")]
    [InlineData("not all there", "unet/diffusion_pytorch_model.safetensors.index.json", "unet/diffusion_pytorch_model-00001-of-00002.safetensors")]
    [InlineData("not all there", "unet/diffusion_pytorch_model.safetensors.index.json", "unet/a.safetensors")]
    public void Make_OfWhatCannotBeUsed_SaysWhy(string words, params string[] files)
    {
        var failure = Assert.Throws<HubException>(() => Plan(["model_index.json", .. files], """{"unet": ["diffusers", "UNet2DConditionModel"]}""", new()));
        Assert.Equal(HubError.Unusable, failure.Error);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains("unet", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_WithAVariantThatNobodyHas_FailsOnlyWhereItWasAskedFor()
    {
        Assert.Contains(Plan(_stage1Files, Stage1, new() { Variant = "int3" }).Files, f => f.Path == "unet/diffusion_pytorch_model.safetensors");
        Assert.Contains("'int3'", Assert.Throws<HubException>(() => Plan(_stage1Files, Stage1, new() { Variant = "int3", VariantRequired = true })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"../x\": [\"a\", \"b\"]}")]
    [InlineData("{\"a/b\": [\"a\", \"b\"]}")]
    [InlineData("nonsense")]
    public void Make_OfAnIndexThatIsNotOne_Fails(string index) => Assert.ThrowsAny<FloydException>(() => Plan(_stage1Files, index, new()));

    [Fact]
    public void Make_OfAVariantThatIsAPath_Fails() => Assert.Throws<FloydException>(() => Plan(_stage1Files, Stage1, new() { Variant = "../x" }));

    [Fact]
    public void Sets_NameThreeStagesEach()
    {
        Assert.Equal(["if-m", "if-l", "if-xl"], ModelSet.All.Select(s => s.Name));
        Assert.Equal(
            ["DeepFloyd/IF-I-XL-v1.0", "DeepFloyd/IF-II-L-v1.0", "stabilityai/stable-diffusion-x4-upscaler"], ModelSet.Find("if-xl")!.Stages.Select(s => s.Text));
        Assert.Equal("DeepFloyd/IF-II-M-v1.0", ModelSet.Find("if-m")!.Stages[1].Text);
        Assert.Equal((true, false, true), (ModelSet.OptionsOf(1, new()).TextEncoder, ModelSet.OptionsOf(2, new()).TextEncoder, ModelSet.OptionsOf(3, new()).TextEncoder));
        Assert.Null(ModelSet.Find("if-xxl"));
    }

    private static RepositoryPlan Plan(string[] files, string? index, RepositoryPlanOptions options) =>
        RepositoryPlan.Make(_repo, [.. files.Select(f => new HubFile(f, 1, new string('0', 40)))], index, options);

    private static void Same(string[] expected, RepositoryPlan plan) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), plan.Files.Select(f => f.Path).Order(StringComparer.Ordinal));
}
