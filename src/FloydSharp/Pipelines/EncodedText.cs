using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>One text as its encoder sees it.</summary>
/// <param name="States">(T, D), the encoder's dtype. Owned.</param>
/// <param name="Cut">What of the text was over the limit of tokens; null for nothing.</param>
internal sealed record EncodedText(Tensor States, CutPrompt? Cut) : IDisposable
{
    /// <summary>Frees the tensor.</summary>
    public void Dispose() => States.Dispose();
}
