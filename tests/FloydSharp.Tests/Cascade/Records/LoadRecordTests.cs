using FloydSharp.Cascade;
using FloydSharp.Cascade.Records;
using FloydSharp.Cascade.Runs;
using FloydSharp.Quantization;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade.Records;

public class LoadRecordTests
{
    private static readonly LoadOptions _changed = new()
    {
        DType = ScalarType.BFloat16,
        Variant = "8bit",
        MapWeights = false,
        Quantization = WeightQuantization.LinearsAndConvolutions,
        Int8Execution = Int8Execution.BitsAndBytes,
        KeepHalf = false,
        WideAsBFloat16 = true,
        WeightBudget = 5,
        PinnedBudget = 7,
        Plain = true,
    };

    // A setting that is added and not recorded is found here.
    [Fact]
    public void RunOptions_EverySettingOfLoading_ComesBack()
    {
        var options = new CascadeOptions { Stage1 = "/one", Load = _changed with { Variant = "fp16" }, TextEncoderLoad = _changed, ComponentLoads = new Dictionary<string, LoadOptions> { ["stage1/unet"] = _changed with { WeightBudget = 6 } } };
        var back = RunOptionsRecord.Of(options).ToOptions();
        Assert.Equal(options.ComponentLoads, back.ComponentLoads);
        Assert.NotNull(back.TextEncoderLoad);
        foreach (var property in typeof(LoadOptions).GetProperties().Where(p => p.Name != nameof(LoadOptions.Device)))
        {
            Assert.Equal(property.GetValue(options.Load), property.GetValue(back.Load));
            Assert.Equal(property.GetValue(options.TextEncoderLoad), property.GetValue(back.TextEncoderLoad));
            if (property.SetMethod is not null)
                Assert.NotEqual(property.GetValue(new LoadOptions()), property.GetValue(_changed));
        }
    }

    [Fact]
    public void OfForms_Defaults_RecordNothing()
    {
        Assert.Null(LoadRecord.OfForms(new() { Variant = "fp16", DType = ScalarType.Float16 }));
        Assert.NotNull(LoadRecord.OfForms(new() { Quantization = WeightQuantization.Linears }));
    }
}
