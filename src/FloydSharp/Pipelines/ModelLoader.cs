using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Kernels.Cpu;
using FloydSharp.Kernels.Cuda;
using FloydSharp.Memory;
using FloydSharp.Nn;
using FloydSharp.Streaming;
using FloydSharp.Weights;

namespace FloydSharp.Pipelines;

/// <summary>
/// Fills a model from a component's folder. Where memory runs out, then or later, the model is filled again with less of it kept
/// on the device, and the work goes on.
/// </summary>
internal sealed class ModelLoader
{
    private readonly Layer _model;
    private readonly string _folder;
    private readonly LoadOptions _options;
    private readonly IProgress<LoadProgress>? _progress;
    private long? _budget;

    private ModelLoader(Layer model, string folder, LoadOptions options, IProgress<LoadProgress>? progress) =>
        (_model, _folder, _options, _progress, _budget) = (model, folder, options, progress, options.WeightBudget);

    /// <summary>Fills an empty model; disposes it when that fails.</summary>
    /// <returns>The same model.</returns>
    public static T Fill<T>(T model, string folder, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
        where T : Layer
    {
        var loader = new ModelLoader(model, folder, options, progress);
        try
        {
            while (!loader.TryFill(progress, cancellation))
            {
            }

            model.ShrinkWith(loader.Shrink);
            model.IsPlain = options.Plain;
            loader.AttachKernels();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private void AttachKernels()
    {
        CpuKernels.Attach(_model, Kernels(_options));
        if (_options.Device.type == TorchSharp.DeviceType.CUDA && !_options.Plain)
            CudaKernels.Attach(_model);
    }

    // Where memory is limited none is spared for transformed filters: they are made at each use, with the same numbers.
    private static CpuKernelOptions Kernels(LoadOptions options) =>
        options.Plain || options.Device.type != TorchSharp.DeviceType.CPU || options.EffectiveDType != TorchSharp.torch.ScalarType.Float32 ? CpuKernelOptions.Plain
        : options.WeightBudget is null ? new()
        : new() { TransformedBytes = 0 };

    private WeightSet Open() => WeightSet.Open(_folder, variant: WeightVariant.Choose(_folder, _options));

    private bool TryFill(IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            StreamedModel.Fill(_model, Open(), _options with { WeightBudget = _budget }, progress, cancellation);
            return true;
        }
        catch (Exception e) when (OutOfMemory.Is(e))
        {
            return Lower(e) ? false : throw new FloydException($"The memory ran out while {Path.GetFileName(_folder)} was loaded, even with all of its weights streamed; free memory on the device, choose a smaller variant such as 8bit, or run it on the CPU.", e);
        }
    }

    // While the model is in use: the one who calls it tries again.
    private bool Shrink()
    {
        if (!Lower(null))
            return false;
        while (!TryFill(null, default))
        {
        }

        AttachKernels();
        return true;
    }

    private bool Lower(Exception? why)
    {
        _model.Clear();
        HostMemory.Trim();
        DeviceMemory.Trim();
        using var files = Open();
        if (StreamedModel.LowerBudget(_model, files, _options with { WeightBudget = _budget }) is not { } lower)
            return false;
        _budget = lower;
        _progress?.Report(new(0, 0) { Warning = $"memory ran out {(why is null ? "while" : "before")} {Path.GetFileName(_folder)} ran: going on with {lower >> 20} MiB of its weights on the device, the rest comes from the file when it is needed" });
        return true;
    }
}
