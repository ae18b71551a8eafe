using FloydSharp.IO;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines.IF;

/// <summary>The picture that a run starts from, noised, instead of pure noise.</summary>
/// <param name="Picture">(B, 3, H, W), any floating dtype and device, in [-1, 1]. Not owned.</param>
/// <param name="Strength">Share of the schedule that is run.</param>
/// <param name="Mask">What is repainted, (B, 1, H, W), 0 to 1, white is repainted; null repaints all. Not owned.</param>
internal sealed record StartPicture(Tensor Picture, double Strength, Tensor? Mask = null)
{
    /// <summary>Its size in pixels, which is the result's.</summary>
    public (int Width, int Height) Size => ((int)Picture.shape[3], (int)Picture.shape[2]);

    /// <summary>Checks the shapes, before anything is loaded.</summary>
    /// <exception cref="FloydException">They do not fit each other.</exception>
    public void Check()
    {
        BatchShape.CheckPictures(Picture);
        if (Mask is not null && (Mask.dim() != 4 || Mask.shape[1] != 1 || Mask.shape[2] != Picture.shape[2] || Mask.shape[3] != Picture.shape[3]))
            throw new FloydException($"The mask must have shape (count, 1, {Picture.shape[2]}, {Picture.shape[3]}), which is the picture's size, got [{string.Join(", ", Mask.shape)}].");
    }

    /// <summary>The mask, one per result; null where all is repainted.</summary>
    /// <returns>(rows, 1, H, W), bool; owned by the caller.</returns>
    public Tensor? BooleanMask(int rows, Device device)
    {
        if (Mask is null)
            return null;
        using var scope = NewDisposeScope();
        return BatchShape.Repeat(MaskBlend.ToBoolean(Mask, device), rows, "masks").MoveToOuterDisposeScope();
    }

    /// <summary>The sample that the run starts from: the picture at the noise of the first timestep, clean outside the mask.</summary>
    /// <param name="scheduler">Noises it.</param>
    /// <param name="noise">Standard normal noise, (rows, 3, H, W). Not disposed.</param>
    /// <param name="timestep">The first timestep that is run.</param>
    /// <param name="mask">From <see cref="BooleanMask"/>. Not disposed.</param>
    /// <returns>(rows, 3, H, W), float32; owned by the caller.</returns>
    public Tensor Noised(IScheduler scheduler, Tensor noise, int timestep, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var known = BatchShape.Repeat(Picture.to(ScalarType.Float32, noise.device), (int)noise.shape[0], "pictures");
        var noised = scheduler.AddNoise(known, noise, [timestep]);            // (rows, 3, H, W)
        return (mask is null ? noised : MaskBlend.Apply(mask, noised, known)).MoveToOuterDisposeScope();
    }
}
