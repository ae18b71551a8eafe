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
        if (image.dim() != 4 || image.shape[1] != 3)
            throw new FloydException($"Pictures must have shape (count, 3, height, width), got [{string.Join(", ", image.shape)}].");
        var count = (int)image.shape[0];
        if (count == 0 || count % embeddings.Count != 0)
            throw new FloydException($"There are {count} pictures and {embeddings.Count} prompts; give one prompt per picture, or one for all.");
        return count / embeddings.Count * imagesPerPrompt;
    }
}
