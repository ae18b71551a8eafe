namespace FloydSharp.Nn;

/// <summary>An activation function, as configurations name them.</summary>
public enum Activation
{
    /// <summary>The identity.</summary>
    None,

    /// <summary>Sigmoid linear unit, x * sigmoid(x): <c>silu</c>, <c>swish</c>.</summary>
    Silu,

    /// <summary>Gaussian error linear unit with the error function: <c>gelu</c>.</summary>
    Gelu,

    /// <summary>Its approximation by the hyperbolic tangent: <c>gelu_new</c>.</summary>
    GeluNew,

    /// <summary>x * sigmoid(1.702 x): <c>quick_gelu</c>.</summary>
    QuickGelu,

    /// <summary>x * tanh(softplus(x)): <c>mish</c>.</summary>
    Mish,

    /// <summary>max(0, x): <c>relu</c>.</summary>
    Relu,
}
