namespace FloydSharp.IO.Imaging;

/// <summary>Lays pictures out in a grid.</summary>
public static class ContactSheet
{
    /// <summary>
    /// Composes an RGB picture on white, row by row from the upper left. All cells are as large as the largest picture;
    /// smaller ones stand in the middle of theirs.
    /// </summary>
    /// <param name="images">At least one picture; alpha is dropped.</param>
    /// <param name="columns">Pictures per row, at least 1.</param>
    /// <param name="gap">White pixels between cells, 0 or more; there are none at the border.</param>
    /// <returns>A new RGB buffer.</returns>
    /// <exception cref="ArgumentException">No picture, or a number out of range.</exception>
    public static ImageBuffer Compose(IReadOnlyList<ImageBuffer> images, int columns, int gap)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (images.Count == 0)
            throw new ArgumentException("A contact sheet needs at least one picture.", nameof(images));

        columns = Math.Min(columns, images.Count);
        var rows = (images.Count + columns - 1) / columns;
        var cellWidth = images.Max(i => i.Width);
        var cellHeight = images.Max(i => i.Height);
        var sheet = new ImageBuffer(checked((columns * (cellWidth + gap)) - gap), checked((rows * (cellHeight + gap)) - gap), 3);
        sheet.Pixels.AsSpan().Fill(255);
        for (var i = 0; i < images.Count; i++)
        {
            var image = images[i].ToRgb();
            var x = (i % columns * (cellWidth + gap)) + ((cellWidth - image.Width) / 2);
            var y = (i / columns * (cellHeight + gap)) + ((cellHeight - image.Height) / 2);
            for (var row = 0; row < image.Height; row++)
                image.Row(row).CopyTo(sheet.Row(y + row)[(x * 3)..]);
        }

        return sheet;
    }

    /// <summary>The same with a label above the left corner of each picture.</summary>
    /// <param name="images">At least one picture; alpha is dropped.</param>
    /// <param name="labels">One per picture, of the digits 0 to 9.</param>
    /// <param name="columns">Pictures per row, at least 1.</param>
    /// <param name="gap">White pixels between cells, 0 or more.</param>
    /// <returns>A new RGB buffer.</returns>
    /// <exception cref="ArgumentException">No picture, another number of labels, or a label that is no number.</exception>
    public static ImageBuffer Labelled(IReadOnlyList<ImageBuffer> images, IReadOnlyList<string> labels, int columns, int gap)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != images.Count)
            throw new ArgumentException($"There are {labels.Count} labels for {images.Count} pictures.", nameof(labels));
        return Compose([.. images.Zip(labels, (image, label) => DigitStamp.Above(image, label))], columns, gap);
    }
}
