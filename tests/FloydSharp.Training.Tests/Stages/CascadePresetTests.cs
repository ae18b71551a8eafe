using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Training.Stages;
using Xunit;

namespace FloydSharp.Training.Tests.Stages;

public sealed class CascadePresetTests
{
    [Fact]
    public void Small_AllModelsInFloat16_FitInto20MiB()
    {
        var small = CascadePreset.Small;
        Layer[] models =
        [
            new T5EncoderModel(small.TextEncoder with { VocabSize = 1600 }), new UNet2DConditionModel(small.StageI), new UNet2DConditionModel(small.StageII),
            new ClipTextModel(small.ClipText with { VocabSize = 2000 }), new UNet2DConditionModel(small.StageIII), new AutoencoderKL(small.Vae),
        ];
        var bytes = models.Sum(m => m.NamedWeights().Sum(w => (2 * w.Value.ElementCount) + 120));
        Assert.InRange(bytes, 0, (20 << 20) - (300 << 10));
    }
}
