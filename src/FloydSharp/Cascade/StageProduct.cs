using FloydSharp.IO.Imaging;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// What a stage's UNet made of a request: a tensor, or, of a large picture that is enlarged in tiles, what came of the tiles so
/// far. Owns its tensors.
/// </summary>
internal sealed class StageProduct : IDisposable
{
    /// <summary>Takes a whole tensor.</summary>
    /// <param name="whole">Pictures or stage III's latents, (B, C, H, W), float32 on the CPU.</param>
    public StageProduct(Tensor whole) => Whole = whole.DetachFromDisposeScope();

    /// <summary>Begins with tiles.</summary>
    /// <param name="assembled">Pictures that stage II's tiles are put into; empty at stage III.</param>
    /// <param name="parts">Stage III's latents of the tiles so far; empty at stage II.</param>
    /// <param name="done">Tiles that are done.</param>
    public StageProduct(IReadOnlyList<ImageBuffer> assembled, IEnumerable<Tensor> parts, int done)
    {
        (Assembled, Done) = (assembled, done);
        Parts.AddRange(parts.Select(p => p.DetachFromDisposeScope()));
    }

    /// <summary>Pictures or latents; null where there are tiles.</summary>
    public Tensor? Whole { get; }

    /// <summary>Stage II's pictures of tiles.</summary>
    public IReadOnlyList<ImageBuffer> Assembled { get; } = [];

    /// <summary>Stage III's latents of tiles, (B, 4, h, w) each.</summary>
    public List<Tensor> Parts { get; } = [];

    /// <summary>Tiles that are done.</summary>
    public int Done { get; set; }

    /// <summary>The noise after it; empty for tiles, whose noise comes from the seed.</summary>
    public byte[] Noise { get; init; } = [];

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Whole?.Dispose();
        Parts.ForEach(p => p.Dispose());
    }
}
