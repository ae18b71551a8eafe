using FloydSharp.Nn;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Nn;

public class ResampleTests
{
    [Fact]
    public void Downsample_NoWeights_AveragesSquares()
    {
        using var scope = NewDisposeScope();
        using var layer = new Downsample2D();

        Assert.Equal([2.5f, 4.5f, 10.5f, 12.5f], layer.forward(Counting(4, 4)).data<float>());
        Assert.Equal([1, 1, 2, 1], layer.forward(Counting(5, 3)).shape);
    }

    [Theory]
    [InlineData(1, new[] { 10f, 24f, 51f, 90f })]
    [InlineData(0, new[] { 45f, 39f, 66f, 50f })]
    public void Downsample_Convolution_PadsAsAsked(int padding, float[] sums)
    {
        using var scope = NewDisposeScope();
        using var layer = new Downsample2D(1, padding);
        Fill(layer);

        // With a kernel of ones each output is the sum of the pixels under it.
        Assert.Equal(sums, layer.forward(Counting(4, 4)).data<float>());
    }

    [Fact]
    public void Upsample_NoWeights_RepeatsPixels()
    {
        using var scope = NewDisposeScope();
        using var layer = new Upsample2D();
        var x = Counting(1, 2);

        Assert.Equal([0f, 0, 1, 1, 0, 0, 1, 1], layer.forward(x).data<float>());
        Assert.Equal([0f, 0, 1, 0, 0, 1, 0, 0, 1], layer.forward(x, (3, 3)).data<float>());
    }

    [Fact]
    public void Upsample_Convolution_ConvolvesTheRepeatedPixels()
    {
        using var scope = NewDisposeScope();
        using var layer = new Upsample2D(1);
        Fill(layer);

        Assert.Equal([4f, 4, 4, 4], layer.forward(ones(1, 1, 1, 1)).data<float>());
    }

    [Fact]
    public void ResnetBlock_TimeMissingOrNotExpected_Throws()
    {
        using var scope = NewDisposeScope();
        using var told = new ResnetBlock2D(4, 4, 8, new ResnetOptions { Groups = 2 });
        using var untold = new ResnetBlock2D(4, 4, null, new ResnetOptions { Groups = 2 });

        Assert.Throws<ArgumentException>(() => told.forward(zeros(1, 4, 2, 2)));
        Assert.Throws<ArgumentException>(() => untold.forward(zeros(1, 4, 2, 2), zeros(1, 8)));
        Assert.Throws<ArgumentException>(() => new ResnetBlock2D(4, 4, null, new ResnetOptions { Groups = 2, ScaleShift = true }));
    }

    [Fact]
    public void ResnetBlock_NoTime_AddsToTheInput()
    {
        using var scope = NewDisposeScope();
        using var block = new ResnetBlock2D(4, 4, null, new ResnetOptions { Groups = 2, OutputScaleFactor = 2 });
        foreach (var (_, weight) in block.NamedWeights())
            weight.Fill(zeros([.. weight.Shape]));

        Assert.Equal([1.5f, 1.5f, 1.5f, 1.5f], block.forward(full([1, 4, 1, 1], 3f)).data<float>());
    }

    private static Tensor Counting(int height, int width) => arange(height * width, dtype: ScalarType.Float32).view(1, 1, height, width);

    private static void Fill(Layer layer)
    {
        foreach (var (name, weight) in layer.NamedWeights())
            weight.Fill(name.EndsWith("bias", StringComparison.Ordinal) ? zeros([.. weight.Shape]) : ones([.. weight.Shape]));
    }
}
