using FloydSharp.IO;
using FloydSharp.IO.Json;
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Names and formulas of <see cref="Activation"/>.</summary>
public static class ActivationFunctions
{
    /// <summary>The activation a configuration names.</summary>
    /// <param name="name">The value in the file.</param>
    /// <param name="key">The key it stands under, for the message.</param>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">The name is not known.</exception>
    public static Activation Parse(string name, string key, string source = "The configuration") => name switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluNew,
        "quick_gelu" => Activation.QuickGelu,
        "mish" => Activation.Mish,
        "relu" => Activation.Relu,
        _ => throw new ConfigCheck(source).Failure(key, name, "silu, swish, gelu, gelu_new, quick_gelu, mish or relu"),
    };

    /// <summary>Applies an activation.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="x">Any shape and floating dtype. Not disposed.</param>
    /// <returns>The same shape; owned by the caller.</returns>
    public static Tensor Apply(this Activation activation, Tensor x)
    {
        switch (activation)
        {
            case Activation.None:
                return x.alias();
            case Activation.Silu:
                return nn.functional.silu(x);
            case Activation.Gelu:
                return nn.functional.gelu(x);
            case Activation.GeluNew:
                return GeluNew(x);
            case Activation.QuickGelu:
                {
                    using var scope = NewDisposeScope();
                    return (x * sigmoid(x.Times(1.702))).MoveToOuterDisposeScope();
                }

            case Activation.Mish:
                {
                    using var scope = NewDisposeScope();
                    return (x * x.Softplus().tanh()).MoveToOuterDisposeScope();
                }

            case Activation.Relu:
                return nn.functional.relu(x);
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }
    }

    private static Tensor GeluNew(Tensor x)
    {
        using var scope = NewDisposeScope();
        var inner = x.Plus(x.Pow(3.0).Times(0.044715)).Times(Math.Sqrt(2 / Math.PI));
        return (x.Times(0.5) * tanh(inner).Plus(1)).MoveToOuterDisposeScope();
    }
}
