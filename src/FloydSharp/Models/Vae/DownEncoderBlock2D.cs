// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_blocks.py, DownEncoderBlock2D.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>One level of the encoder: resnet blocks, then half the height and width.</summary>
public sealed class DownEncoderBlock2D : Layer
{
    private readonly LayerList<ResnetBlock2D> resnets;
    private readonly LayerList<Downsample2D>? downsamplers;

    /// <summary>Declares the level without allocating its weights.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="layers">Number of resnet blocks.</param>
    /// <param name="addDownsample">Whether height and width are halved; not on the last level.</param>
    /// <param name="options">What all resnet blocks share.</param>
    public DownEncoderBlock2D(long inChannels, long outChannels, int layers, bool addDownsample, ResnetOptions options)
    {
        resnets = Add("resnets", new LayerList<ResnetBlock2D>(Enumerable.Range(0, layers).Select(
            i => new ResnetBlock2D(i == 0 ? inChannels : outChannels, outChannels, null, options))));
        if (addDownsample)
            downsamplers = Add("downsamplers", new LayerList<Downsample2D>(new Downsample2D(outChannels, padding: 0)));
    }

    /// <summary>Runs the level.</summary>
    /// <param name="x">(B, Cin, H, W). Not disposed.</param>
    /// <returns>(B, Cout, H/2, W/2) rounded down, or (B, Cout, H, W) on the last level; owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var hidden = x.alias();
        foreach (var resnet in resnets)
            hidden = hidden.Then(h => resnet.forward(h));                     // (B, Cout, H, W)
        if (downsamplers is not null)
            hidden = hidden.Then(downsamplers[0].forward);                    // (B, Cout, H/2, W/2)
        return hidden.MoveToOuterDisposeScope();
    }
}
