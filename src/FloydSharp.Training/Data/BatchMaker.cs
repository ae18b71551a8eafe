using FloydSharp.IO;

namespace FloydSharp.Training.Data;

/// <summary>Makes batches from a source; the same number always gives the same batch.</summary>
/// <param name="source">Where pictures come from.</param>
/// <param name="options">What a batch holds.</param>
internal sealed class BatchMaker(ICaptionedSource source, BatchOptions options)
{
    private readonly int _pictures = options.Batch % options.CropsPerPicture == 0
        ? options.Batch / options.CropsPerPicture
        : throw new FloydException($"A batch of {options.Batch} does not divide into {options.CropsPerPicture} crops per picture; choose numbers that do.");

    /// <summary>What a batch holds.</summary>
    public BatchOptions Options { get; } = options;

    /// <summary>Makes a batch.</summary>
    /// <param name="number">From 0 on.</param>
    /// <param name="cancellation">Checked before each picture.</param>
    public TrainingBatch Make(long number, CancellationToken cancellation = default)
    {
        var (side, tokens) = (Options.Crop ?? Options.Side, Options.Tokenizer?.MaxLength ?? 0);
        var pictureBytes = side * side * 3;
        var pixels = new byte[Options.Batch * pictureBytes];
        var ids = new long[Options.Batch * tokens];
        var mask = new long[Options.Batch * tokens];
        for (var i = 0; i < _pictures; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var index = (number * _pictures) + i;
            var picture = source.Read(index, Options.Side);
            var random = new Random(unchecked((int)((Options.Seed * 7919) ^ (index * 2654435761))));
            for (var c = 0; c < Options.CropsPerPicture; c++)
            {
                var row = (i * Options.CropsPerPicture) + c;
                Cut(picture, side, random, pixels.AsSpan(row * pictureBytes, pictureBytes));
                if (Options.Tokenizer is { } tokenizer)
                {
                    var caption = random.NextDouble() < Options.CaptionDropout ? "" : Options.Prepare(picture.Caption);
                    var text = tokenizer.Encode(caption);
                    for (var t = 0; t < tokens; t++)
                        (ids[(row * tokens) + t], mask[(row * tokens) + t]) = (text.Ids[t], text.Mask[t]);
                }
            }
        }

        return new() { Count = Options.Batch, Side = side, Pixels = pixels, Ids = ids, Mask = mask };
    }

    private void Cut(CaptionedPicture picture, int side, Random random, Span<byte> target)
    {
        if (side == picture.Side)
        {
            picture.Pixels.CopyTo(target);
            return;
        }

        var places = ((picture.Side - side) / Options.CropGrid) + 1;
        var (x, y) = (random.Next(places) * Options.CropGrid, random.Next(places) * Options.CropGrid);
        for (var r = 0; r < side; r++)
            picture.Pixels.AsSpan((((y + r) * picture.Side) + x) * 3, side * 3).CopyTo(target[(r * side * 3)..]);
    }
}
