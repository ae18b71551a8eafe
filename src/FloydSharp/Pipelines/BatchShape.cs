using FloydSharp.IO;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>How pictures and prompts of a batch belong together.</summary>
internal static class BatchShape
{
    /// <summary>How often each prompt's embeddings are repeated when pictures come with them.</summary>
    /// <param name="image">(B, 3, h, w).</param>
    /// <param name="embeddings">B prompts, or a number that divides B.</param>
    /// <param name="imagesPerPrompt">Results per picture.</param>
    /// <exception cref="FloydException">The numbers do not fit.</exception>
    public static int ImagesPerPrompt(Tensor image, PromptEmbeddings embeddings, int imagesPerPrompt)
    {
        CheckPictures(image);
        var count = (int)image.shape[0];
        if (count % embeddings.Count != 0)
            throw Mismatch(count, embeddings.Count);
        return count / embeddings.Count * imagesPerPrompt;
    }

    /// <summary>The number of results when pictures and prompts come together, each with its own or one for all of the other.</summary>
    /// <param name="image">(B, 3, h, w).</param>
    /// <param name="embeddings">A number of prompts that divides B or is a multiple of it.</param>
    /// <param name="imagesPerPrompt">Results per pair.</param>
    /// <exception cref="FloydException">The numbers do not fit.</exception>
    public static int Rows(Tensor image, PromptEmbeddings embeddings, int imagesPerPrompt)
    {
        CheckPictures(image);
        var (pictures, prompts) = ((int)image.shape[0], embeddings.Count);
        var pairs = Math.Max(pictures, prompts);
        if (pairs % pictures != 0 || pairs % prompts != 0)
            throw Mismatch(pictures, prompts);
        return pairs * imagesPerPrompt;
    }

    /// <summary>Repeats each row so that there is one per result; results of one row lie side by side.</summary>
    /// <param name="tensor">(B, ...). Not disposed.</param>
    /// <param name="rows">A multiple of B.</param>
    /// <param name="what">What the rows are, for the error.</param>
    /// <returns>(rows, ...); owned by the caller.</returns>
    /// <exception cref="FloydException">The number does not fit.</exception>
    public static Tensor Repeat(Tensor tensor, int rows, string what)
    {
        var count = tensor.shape[0];
        if (count == 0 || rows % count != 0)
            throw new FloydException($"There are {count} {what} for {rows} results; give one for all, or one per prompt.");
        return tensor.repeat_interleave(rows / count, 0);                     // (rows, ...)
    }

    /// <summary>Checks that a tensor holds pictures.</summary>
    /// <exception cref="FloydException">It does not.</exception>
    public static void CheckPictures(Tensor image)
    {
        if (image.dim() != 4 || image.shape[0] == 0 || image.shape[1] != 3)
            throw new FloydException($"Pictures must have shape (count, 3, height, width), got [{string.Join(", ", image.shape)}].");
    }

    private static FloydException Mismatch(int pictures, int prompts) =>
        new($"There are {pictures} pictures and {prompts} prompts; give one prompt per picture, or one for all.");
}
