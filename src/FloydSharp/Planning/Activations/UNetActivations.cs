using FloydSharp.Models.UNet;
using FloydSharp.Models.UNet.Blocks;
using FloydSharp.Nn;

namespace FloydSharp.Planning.Activations;

/// <summary>What a <see cref="UNet2DConditionModel"/> holds in a forward pass; mirrors it and its blocks.</summary>
internal sealed class UNetActivations(UNet2DConditionConfig config, LayerActivations layers, long textTokens)
{
    private readonly Stack<MapShape> _skips = [];

    private ActivationTape Tape => layers.Tape;

    /// <summary>Walks through a forward pass; the sample belongs to the caller, and nothing is held afterwards.</summary>
    public void Forward(long batch, long height, long width)
    {
        Tape.New(batch * textTokens * config.CrossAttentionDim[0]);
        var hidden = layers.Conv2d(new(batch, config.InChannels, height, width), config.BlockOutChannels[0], config.ConvInKernel);
        _skips.Push(hidden);
        for (var i = 0; i < config.BlockCount; i++)
            Down(i);
        hidden = Mid(_skips.Peek());
        for (var i = 0; i < config.BlockCount; i++)
            hidden = Up(i, hidden);
        layers.GroupNorm(hidden);
        Tape.Drop(hidden.Values);
        var output = layers.Conv2d(hidden, config.OutChannels, config.ConvOutKernel);
        Tape.Drop(hidden.Values, output.Values, batch * textTokens * config.CrossAttentionDim[0]);
    }

    private static bool IsSimple(string type) => type.StartsWith("Simple", StringComparison.Ordinal) || type.StartsWith("Resnet", StringComparison.Ordinal);

    // Block types of Stable Diffusion leave out what IF's resnets add.
    private ResnetOptions Resnets(string type) =>
        IsSimple(type) ? config.ResnetOptions : config.ResnetOptions with { SkipTimeActivation = false, OutputScaleFactor = 1 };

    private void Down(int level)
    {
        var type = config.DownBlockTypes[level];
        var x = _skips.Peek();
        for (var i = 0; i < config.LayersPerBlock[level]; i++)
        {
            x = layers.Resnet(x, config.BlockOutChannels[level], Resnets(type), timed: true);
            x = Attend(x, BlockFactory.DownTypes[type], level, config.OnlyCrossAttention[level]);
            _skips.Push(x);
        }

        if (level == config.BlockCount - 1)
            return;
        var half = x.Halved();
        _skips.Push(IsSimple(type)
            ? layers.Resnet(x, x.Channels, Resnets(type), timed: true, (half.Height, half.Width))
            : layers.Conv2d(x, x.Channels, 3, stride: 2));
    }

    private MapShape Mid(MapShape x)
    {
        var options = config.ResnetOptions with { OutputScaleFactor = config.MidBlockScaleFactor };
        var simple = config.MidBlockType == BlockFactory.MidSimpleCrossAttn;
        var last = config.BlockCount - 1;
        var hidden = layers.Resnet(x, x.Channels, options, timed: true);
        hidden = Attend(hidden, simple ? AttentionKind.AddedKV : AttentionKind.Transformer, last, simple && config.MidBlockLooksAtTextOnly);
        var result = layers.Resnet(hidden, x.Channels, options, timed: true);
        Tape.Drop(hidden.Values);
        return result;
    }

    // The input is held until the block's end.
    private MapShape Up(int block, MapShape x)
    {
        var type = config.UpBlockTypes[block];
        var level = config.BlockCount - 1 - block;
        var hidden = x;
        for (var i = 0; i <= config.LayersPerBlock[level]; i++)
        {
            var skip = _skips.Pop();
            var joined = skip with { Channels = hidden.Channels + skip.Channels };
            Tape.New(joined.Values);
            Tape.Drop(skip.Values, i == 0 ? 0 : hidden.Values);
            hidden = layers.Resnet(joined, config.BlockOutChannels[level], Resnets(type), timed: true);
            Tape.Drop(joined.Values);
            hidden = Attend(hidden, BlockFactory.UpTypes[type], level, config.OnlyCrossAttention[level]);
        }

        if (level > 0)
        {
            var next = _skips.Peek();
            var before = hidden;
            if (IsSimple(type))
            {
                hidden = layers.Resnet(before, before.Channels, Resnets(type), timed: true, (next.Height, next.Width));
            }
            else
            {
                var doubled = before with { Height = next.Height, Width = next.Width };
                Tape.New(doubled.Values);
                hidden = layers.Conv2d(doubled, before.Channels, 3);
                Tape.Drop(doubled.Values);
            }

            Tape.Drop(before.Values);
        }

        Tape.Drop(x.Values);
        return hidden;
    }

    private MapShape Attend(MapShape x, AttentionKind kind, int level, bool onlyText)
    {
        if (kind == AttentionKind.None)
            return x;
        if (kind == AttentionKind.AddedKV)
            layers.AddedKVAttention(x, textTokens, onlyText);
        else
            layers.Transformer(x, textTokens, config.TransformerLayersPerBlock[level], onlyText);
        Tape.Drop(x.Values);
        return x;
    }
}
