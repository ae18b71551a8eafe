using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A layer by which the pixels of a feature map look at the text.</summary>
public abstract class TextAttention : Layer
{
    /// <summary>Attends, and adds the input.</summary>
    /// <param name="x">Feature map (B, C, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="text">Text (B, T, Dtext), the weights' dtype. Not disposed.</param>
    /// <returns>(B, C, H, W), owned by the caller.</returns>
    public abstract Tensor forward(Tensor x, TextStates text);

    /// <summary>Attends once, and adds the input.</summary>
    /// <inheritdoc cref="forward(Tensor, TextStates)"/>
    public Tensor forward(Tensor x, Tensor text)
    {
        using var states = new TextStates(text.alias(), keep: false);
        return forward(x, states);
    }
}
