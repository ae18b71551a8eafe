// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_blocks.py, UpDecoderBlock2D.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>One level of the decoder: resnet blocks, then twice the height and width.</summary>
public sealed class UpDecoderBlock2D : Layer
{
    private readonly LayerList<ResnetBlock2D> resnets;
    private readonly LayerList<Upsample2D>? upsamplers;

    /// <summary>Declares the level without allocating its weights.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="layers">Number of resnet blocks.</param>
    /// <param name="addUpsample">Whether height and width are doubled; not on the last level.</param>
    /// <param name="options">What all resnet blocks share.</param>
    public UpDecoderBlock2D(long inChannels, long outChannels, int layers, bool addUpsample, ResnetOptions options)
    {
        resnets = Add("resnets", new LayerList<ResnetBlock2D>(Enumerable.Range(0, layers).Select(
            i => new ResnetBlock2D(i == 0 ? inChannels : outChannels, outChannels, null, options))));
        if (addUpsample)
            upsamplers = Add("upsamplers", new LayerList<Upsample2D>(new Upsample2D(outChannels)));
    }

    /// <summary>Runs the level.</summary>
    /// <param name="x">(B, Cin, H, W). Not disposed.</param>
    /// <returns>(B, Cout, 2H, 2W), or (B, Cout, H, W) on the last level; owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var hidden = x.alias();
        foreach (var resnet in resnets)
            hidden = hidden.Then(h => resnet.forward(h));                     // (B, Cout, H, W)
        if (upsamplers is not null)
            hidden = hidden.Then(h => upsamplers[0].forward(h));              // (B, Cout, 2H, 2W)
        return hidden.MoveToOuterDisposeScope();
    }
}
