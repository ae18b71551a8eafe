// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_blocks.py, the down blocks.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>What all blocks on the way down do: resnets, each perhaps with a look at the text, then perhaps halving.</summary>
public abstract class DownBlock : Layer
{
    private readonly LayerList<ResnetBlock2D> resnets;
    private readonly LayerList<TextAttention>? attentions;
    private readonly LayerList<Layer>? downsamplers;

    private protected DownBlock(
        BlockOptions options, ResnetOptions resnet, Func<TextAttention>? attention, Func<Layer> downsampler)
    {
        if (attention is not null)
            attentions = Add("attentions", new LayerList<TextAttention>(Enumerable.Range(0, options.Layers).Select(_ => attention())));
        resnets = Add("resnets", new LayerList<ResnetBlock2D>(Enumerable.Range(0, options.Layers).Select(i =>
            new ResnetBlock2D(i == 0 ? options.InChannels : options.OutChannels, options.OutChannels, options.TembChannels, resnet))));
        if (options.Resamples)
            downsamplers = Add("downsamplers", new LayerList<Layer>(downsampler()));
    }

    /// <summary>Whether the block's result depends on the text.</summary>
    public bool LooksAtText => attentions is not null;

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, Cin, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="temb">Time embedding (B, Dtemb), which converts by itself. Not disposed.</param>
    /// <param name="text">(B, T, Dtext). Not disposed.</param>
    /// <returns>
    /// The states after each resnet (with its attention), (B, Cout, H, W), and after halving, (B, Cout, H/2, W/2): the skip
    /// connections, of which the last is the block's output. Owned by the caller.
    /// </returns>
    public IReadOnlyList<Tensor> forward(Tensor x, TimeStates temb, TextStates text)
    {
        using var scope = NewDisposeScope();
        var states = new List<Tensor>(resnets.Count + 1);
        for (var i = 0; i < resnets.Count; i++)
        {
            var hidden = resnets[i].forward(x, temb);                         // (B, Cout, H, W)
            if (attentions is not null)
            {
                var attention = attentions[i];
                hidden = hidden.Then(h => attention.forward(h, text));        // (B, Cout, H, W)
            }

            states.Add(hidden);
            x = hidden;
        }

        if (downsamplers is not null)
            states.Add(downsamplers[0] is ResnetBlock2D resnet ? resnet.forward(x, temb) : ((Downsample2D)downsamplers[0]).forward(x));
        foreach (var state in states)
            state.MoveToOuterDisposeScope();
        return states;
    }
}
