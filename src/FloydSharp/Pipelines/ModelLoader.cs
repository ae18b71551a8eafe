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
/// Fills a model from a component's folder and prepares it. Where memory runs out, then or later, what is freed is given back and it
/// is tried once more; then the model is filled again with less of it kept on the device, down to the least, and the work goes on.
/// </summary>
internal sealed class ModelLoader
{
    private readonly Layer _model;
    private readonly string _folder;
    private readonly LoadOptions _options;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly Action<Layer> _prepare;
    private long? _budget;
    private bool _triedAgain;

    private ModelLoader(Layer model, string folder, LoadOptions options, IProgress<LoadProgress>? progress, Action<Layer>? prepare)
    {
        (_model, _folder, _options, _progress, _budget) = (model, folder, options, progress, options.WeightBudget);
        _prepare = prepare ?? AttachKernels;
    }

    /// <summary>Fills an empty model; disposes it when that fails.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The component's folder.</param>
    /// <param name="options">Device, dtype, budget.</param>
    /// <param name="progress">Told after each weight, and when memory ran out.</param>
    /// <param name="cancellation">Checked before each weight.</param>
    /// <param name="prepare">What is done with the filled model, each time it was filled; null attaches kernels.</param>
    /// <returns>The same model.</returns>
    /// <exception cref="FloydException">The memory ran out even with all of the weights streamed, or a file is damaged.</exception>
    public static T Fill<T>(T model, string folder, LoadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation, Action<Layer>? prepare = null)
        where T : Layer
    {
        var loader = new ModelLoader(model, folder, options, progress, prepare);
        try
        {
            model.IsPlain = options.Plain;
            while (!loader.TryFill(progress, cancellation))
            {
            }

            model.ShrinkWith(loader.Shrink);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private int Gpu => Math.Max(0, _options.Device.index);

    private bool IsOnGpu => _options.Device.type == TorchSharp.DeviceType.CUDA;

    private void AttachKernels(Layer model)
    {
        CpuKernels.Attach(model, Kernels(_options));
        if (!IsOnGpu && !_options.Plain && _options.EffectiveDType == TorchSharp.torch.ScalarType.BFloat16)
            TextKernels.Attach(model);
        if (IsOnGpu && !_options.Plain)
            CudaKernels.Attach(model);
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
            using var rooms = IsOnGpu && !_options.Plain ? CudaKernels.RoomsFor(_model, _options.Device, _options.EffectiveDType) : null;
            StreamedModel.Fill(_model, Open(), _options with { WeightBudget = _budget, Rooms = rooms }, progress, cancellation);
            _prepare(_model);
        }
        catch (Exception e) when (OutOfMemory.Is(e))
        {
            Empty();
            if (!_triedAgain)
                return !(_triedAgain = true);
            return Lower("before") ? false : throw new FloydException($"The memory ran out while {Path.GetFileName(_folder)} was loaded, even with all of its weights streamed; free memory on the device, choose a smaller variant such as 8bit, or run it on the CPU.", e);
        }

        // What reading and turning weights took is not needed while the model runs.
        if (IsOnGpu)
            DeviceMemory.Trim(Gpu);
        return true;
    }

    // While the model is in use: the one who calls it tries again. Often there is room once what others freed is given back.
    private bool Shrink()
    {
        if (!_triedAgain)
        {
            HostMemory.Trim();
            _triedAgain = true;
            if (IsOnGpu && DeviceMemory.Trim(Gpu) > 0)
                return true;
        }

        Empty();
        if (!Lower("while"))
            return false;
        while (!TryFill(null, default))
        {
        }

        return true;
    }

    private void Empty()
    {
        _model.Clear();
        HostMemory.Trim();
        if (IsOnGpu)
            DeviceMemory.Trim(Gpu);
    }

    private bool Lower(string when)
    {
        using var files = Open();
        if (StreamedModel.LowerBudget(_model, files, _options with { WeightBudget = _budget }) is not { } lower)
            return false;
        _budget = lower;
        _progress?.Report(new(0, 0) { Warning = $"memory ran out {when} {Path.GetFileName(_folder)} ran: going on with {lower >> 20} MiB of its weights on the device, the rest comes from the file when it is needed" });
        return true;
    }
}
