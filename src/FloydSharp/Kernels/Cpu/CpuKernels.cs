using System.Runtime.Intrinsics;
using FloydSharp.Native;
using FloydSharp.Nn;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Prepares models for inference on a CPU in float32: lets their layers run by FloydSharp's kernels.</summary>
/// <remarks>
/// Layers that the kernels do not serve (other devices and dtypes, masks, gradients) run the plain way. Transformed filters are
/// made at first use and freed with the weights. Results differ from the plain way by rounding: relative errors of a UNet's
/// output are below 1e-5.
/// </remarks>
public static class CpuKernels
{
    /// <summary>Prepares a model.</summary>
    /// <param name="model">The model, filled or not. Not disposed.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>The way that was chosen; a way that this processor lacks becomes plain.</returns>
    public static CpuPath Attach(Layer model, CpuKernelOptions? options = null)
    {
        options ??= new();
        var path = options.Path <= CpuPaths.Fastest ? options.Path : CpuPath.Plain;
        switch (path)
        {
            case CpuPath.Vector512:
                Attach(model, new CpuKernelSet<Vector512<float>, Simd512>(new(options.EffectiveTransformedBytes)));
                break;
            case CpuPath.Vector256:
                Attach(model, new CpuKernelSet<Vector256<float>, Simd256>(new(options.EffectiveTransformedBytes)));
                break;
            default:
                Detach(model);
                break;
        }

        return path;
    }

    /// <summary>Lets a model's layers run the plain way again.</summary>
    /// <param name="model">The model. Not disposed.</param>
    public static void Detach(Layer model) => Set(model, null, null, null, null, null);

    private static void Attach<V, S>(Layer model, CpuKernelSet<V, S> kernels)
        where V : struct
        where S : ISimd<V> => Set(model, kernels, kernels, kernels, kernels, new JoinedResnet<V, S>(kernels));

    private static void Set(Layer model, IConv2dKernel? convolution, IGroupNormKernel? norm, ILinearKernel? linear, IAttentionKernel? attention, IResnetKernel? resnet)
    {
        foreach (var layer in model.SelfAndBelow())
        {
            switch (layer)
            {
                case Conv2d conv:
                    conv.Kernel = convolution;
                    break;
                case GroupNorm group:
                    group.Kernel = norm;
                    break;
                case Linear map:
                    map.Kernel = linear;
                    break;
                case ResnetBlock2D block:
                    block.Kernel = resnet;
                    break;
                case IAttends attends:
                    attends.AttentionKernel = attention;
                    break;
            }
        }
    }
}
