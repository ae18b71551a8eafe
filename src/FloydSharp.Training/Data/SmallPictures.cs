using FloydSharp.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace FloydSharp.Training.Data;

/// <summary>The small pictures that super-resolution stages start from, made of the large ones on the device.</summary>
internal static class SmallPictures
{
    /// <summary>Means of squares of pixels.</summary>
    /// <param name="pictures">(B, C, H, W). Not disposed.</param>
    /// <param name="factor">Side of the squares; divides H and W.</param>
    /// <returns>(B, C, H / factor, W / factor); owned by the caller.</returns>
    public static Tensor Shrink(Tensor pictures, long factor) =>
        nn.functional.avg_pool2d(pictures, [factor, factor], [factor, factor]);

    /// <summary>
    /// Blurs each picture by an amount of chance and shifts its contrast a little, as the stage before leaves edges softer than
    /// a drawing's; a quarter stays as it is.
    /// </summary>
    /// <param name="pictures">(B, C, H, W) in [-1, 1], float32. Not disposed.</param>
    /// <param name="random">On the pictures' device.</param>
    /// <param name="strength">The largest share of the blurred picture, 0 to 1.</param>
    /// <returns>(B, C, H, W); owned by the caller.</returns>
    public static Tensor Degrade(Tensor pictures, RandomTensors random, double strength)
    {
        using var scope = NewDisposeScope();
        var padded = nn.functional.pad(pictures, [1L, 1L, 1L, 1L], PaddingModes.Replicate); // (B, C, H + 2, W + 2)
        var blurred = nn.functional.avg_pool2d(padded, [3L, 3L], [1L, 1L]);   // (B, C, H, W)
        var chance = random.Uniform(pictures.shape[0], 1, 1, 1);
        var share = chance.Minus(0.25).DividedBy(0.75).AtLeast(0).Times(strength); // (B, 1, 1, 1)
        var gain = random.Normal(pictures.shape[0], 1, 1, 1).Times(0.02).Plus(1);
        return (pictures.Plus((blurred - pictures) * share) * gain).Clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Cuts the same square out of each picture of several tensors; every eighth of the batch has a square of its own.</summary>
    /// <param name="tensors">Each (B, C, H, W), of one H and W. Not disposed.</param>
    /// <param name="side">Side of the square; at least H and W leaves the pictures whole.</param>
    /// <param name="random">Chooses the places.</param>
    /// <returns>Each (B, C, side, side); owned by the caller.</returns>
    public static Tensor[] Crop(Tensor[] tensors, long side, Random random)
    {
        const int groups = 8;
        var (batch, height, width) = (tensors[0].shape[0], tensors[0].shape[2], tensors[0].shape[3]);
        if (side >= height && side >= width)
            return [.. tensors.Select(t => t.alias())];

        using var scope = NewDisposeScope();
        var pieces = tensors.Select(_ => new List<Tensor>()).ToArray();
        for (var g = 0; g < groups; g++)
        {
            var (start, end) = (batch * g / groups, batch * (g + 1) / groups);
            var (y, x) = (random.NextInt64(height - side + 1), random.NextInt64(width - side + 1));
            if (start == end)
                continue;
            for (var i = 0; i < tensors.Length; i++)
                pieces[i].Add(tensors[i].narrow(0, start, end - start).narrow(2, y, side).narrow(3, x, side));
        }

        return [.. pieces.Select(p => cat(p).MoveToOuterDisposeScope())];
    }
}
