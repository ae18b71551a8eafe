using FloydSharp.Native;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>Prepares models for inference on a GPU: features in channels-last order, and FloydSharp's kernels for what stands between convolutions and products.</summary>
/// <remarks>
/// <para>
/// Convolutions stay cuDNN's, products cuBLAS's and attention libtorch's. The kernels (Element.cu, GroupNorm.cu, Rows.cu) are
/// compiled for the device at first use and kept in the own cache. Weights are moved in place: filters into channels-last order,
/// maps of the same input side by side; no memory is added. Streamed filters are turned at each use, and streamed maps of the same
/// input lie side by side in their slot: the same kernels give the same bits wherever weights are. Layers that the kernels do not
/// serve (gradients, compact weights, other dtypes) run the plain way. Results differ from the plain way by rounding: relative errors of a forward pass
/// in float16 are below 1e-2.
/// </para>
/// <para>
/// What a forward pass may rely on, so that it can be captured as a graph: after its first run for a shape it does not wait for
/// the device and copies nothing to or from it; all launches are on libtorch's current stream of the thread; results and
/// temporaries come from libtorch's allocator. The same input gives the same bits as far as cuDNN's and cuBLAS's kernels do.
/// </para>
/// </remarks>
public static class CudaKernels
{
    /// <summary>Prepares a filled model.</summary>
    /// <param name="model">The model, on a GPU in float16, bfloat16 or float32. Not disposed.</param>
    /// <returns>The way that was chosen: plain where the device, the dtype or the environment leaves no other.</returns>
    public static CudaPath Attach(Layer model)
    {
        Detach(model);
        var dtype = model.DType;
        if (FunctionsFor(model.Device, dtype) is not { } functions)
            return CudaPath.Plain;

        using var noGrad = no_grad();
        var norm = new FusedNorm(functions);
        var convolution = new FusedConvolution(functions);
        SetAll(model, new(norm, convolution, new(functions, norm, convolution), new(functions), new(functions), new(), dtype));
        Rearrange(model);
        return CudaPath.Fused;
    }

    /// <summary>Lets a model's layers run the plain way again; its weights stay as they lie.</summary>
    /// <param name="model">The model. Not disposed.</param>
    public static void Detach(Layer model) => SetAll(model, null);

    /// <summary>Where the weights of a model that will be prepared are to lie; to be asked while it is filled.</summary>
    /// <param name="model">The model, empty. Not disposed.</param>
    /// <param name="device">Where it will be.</param>
    /// <param name="dtype">What it will compute in.</param>
    /// <returns>To be disposed when the model is filled; null where it will run the plain way.</returns>
    internal static CudaWeightRooms? RoomsFor(Layer model, Device device, ScalarType dtype) => FunctionsFor(device, dtype) is null ? null : new(model);

    private static CudaFunctions? FunctionsFor(Device device, ScalarType dtype)
    {
        var index = Math.Max(device.index, 0);
        return device.type != TorchSharp.DeviceType.CUDA || dtype is not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32)
            || index != 0 || CudaPaths.Of(index).Path == CudaPath.Plain ? null : Compiled(index, dtype);
    }

    // A compiler that is damaged or too old leaves the plain way.
    private static CudaFunctions? Compiled(int device, ScalarType dtype)
    {
        try
        {
            return CudaFunctions.For(device, dtype);
        }
        catch (NativeLibraryException)
        {
            return null;
        }
    }

    private static void SetAll(Layer model, Kernels? kernels)
    {
        foreach (var layer in model.SelfAndBelow())
            Set(layer, kernels);
    }

    private static void Set(Layer layer, Kernels? kernels)
    {
        switch (layer)
        {
            case Conv2d conv when kernels is not null || conv.Kernel is FusedConvolution:
                conv.Kernel = kernels?.Convolution;
                break;
            case GroupNorm group when kernels is not null || group.Kernel is FusedNorm:
                group.Kernel = kernels?.Norm;
                break;
            case ResnetBlock2D block:
                block.Kernel = kernels?.Resnet;
                break;
            case Linear map when kernels is null ? map.Kernel is WideProduct : IsWide(map, kernels):
                map.Kernel = kernels?.Wide;
                break;
            case IAttends attends when kernels is not null || attends.AttentionKernel is FusedAttention:
                attends.AttentionKernel = kernels?.Attention;
                break;
        }

        if (layer is IUsesRowKernels rows)
            rows.RowKernels = kernels?.Rows;
        foreach (var join in (kernels is null ? layer as IJoinsLinears : null)?.Joins ?? [])
            join.Part();
    }

    // Asking a streamed weight would bring it in.
    private static bool IsWide(Linear map, Kernels kernels) =>
        kernels.DType != ScalarType.Float32 && map.Matrix is { IsFilled: true, IsKeptCompact: false } weight && weight.DType == ScalarType.Float32;

    private static void Rearrange(Layer model)
    {
        foreach (var layer in model.SelfAndBelow())
        {
            if (layer is Conv2d conv)
                FusedConvolution.Reorder(conv.Terms().Weight);
            foreach (var join in (layer as IJoinsLinears)?.Joins ?? [])
                join.TryJoin();
        }
    }

    private sealed record Kernels(FusedNorm Norm, FusedConvolution Convolution, FusedResnet Resnet, FusedAttention Attention, FusedRows Rows, WideProduct Wide, ScalarType DType);
}
