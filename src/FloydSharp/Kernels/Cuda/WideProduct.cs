using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Products with the float32 weights of a model in 16 bits, such as T5's wo: tensor cores multiply them rounded to TF32, whose
/// mantissa is that of float16 and whose range is float32's, and add in float32.
/// </summary>
/// <remarks>While it launches, libtorch's switch for TF32 is on for the whole process.</remarks>
internal sealed class WideProduct : ILinearKernel
{
    private static readonly Lock _switch = new();

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Weight weight, Weight? bias, Tensor? residual) =>
        residual is null ? TryRun(x, weight.Value, bias?.Value) : null;

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.device_type != TorchSharp.DeviceType.CUDA || x.dtype != ScalarType.Float32 || (is_grad_enabled() && x.requires_grad))
            return null;
        lock (_switch)
        {
            var before = backends.cuda.matmul.allow_tf32;
            backends.cuda.matmul.allow_tf32 = true;
            try
            {
                return Product.Linear(x, weight, bias);
            }
            finally
            {
                backends.cuda.matmul.allow_tf32 = before;
            }
        }
    }
}
