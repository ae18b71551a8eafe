using FloydSharp.Planning;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>Gives a plan to a cascade: the one place that knows which placements it can run.</summary>
public static class CascadePlanExtensions
{
    /// <summary>What a cascade can run beside whole components of floating-point weights on one device.</summary>
    public static PlacementSupport Supported => PlacementSupport.All;

    /// <summary>Options that run as a plan says, and whose phases tell predicted and measured peaks.</summary>
    /// <param name="plan">A plan of the same cascade.</param>
    /// <param name="options">The cascade's options.</param>
    public static CascadeOptions ApplyTo(this MemoryPlan plan, CascadeOptions options)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        var text = plan.Components.FirstOrDefault(c => c.Stage == 0);
        var load = options.TextEncoderLoad ?? options.Load;
        return options with
        {
            Plan = plan,
            MeasureMemory = true,
            TextEncoderLoad = text is null ? options.TextEncoderLoad : Load(text, load) with
            {
                Variant = text.Variant ?? load.Variant,
                // Widened where it is mapped, some rows at a time.
                KeepHalf = text is { Placement: PlacementKind.Streamed, OnGpu: false } ? true : load.KeepHalf,
            },
            ComponentLoads = plan.Components.Where(c => c.Stage > 0).ToDictionary(c => $"stage{c.Stage}/{c.Component}", c => Load(c, options.Load)),
        };
    }

    private static LoadOptions Load(ComponentPlan plan, LoadOptions load) => load with
    {
        Device = plan.OnGpu == (load.Device.type == TorchSharp.DeviceType.CUDA) ? load.Device : TorchSharp.torch.CPU,
        DType = plan.DType,
        // A limit, even where everything fits, has kernels transform filters at each use: plans do not count copies that stay.
        WeightBudget = plan.WeightBudget ?? long.MaxValue,
        PinnedBudget = plan.PinnedBytes,
    };

    /// <summary>A request that runs as a plan says: pictures decoded in tiles where they would not fit.</summary>
    /// <param name="plan">A plan for the request.</param>
    /// <param name="request">The request.</param>
    public static CascadeRequest ApplyTo(this MemoryPlan plan, CascadeRequest request)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        return plan.Components.FirstOrDefault(c => c.Component == "vae")?.TileSampleSize is { } tile
            ? request with { Stage3 = request.Stage3 with { Decode = (request.Stage3.Decode ?? new()) with { Slicing = true, Tiling = true, TileSampleSize = tile } } }
            : request;
    }

    /// <summary>What may be used where nothing is said: what is free now on the options' device.</summary>
    public static MemoryBudget FreeNow(this LoadOptions load)
    {
        ArgumentNullException.ThrowIfNull(load);
        return MemoryBudget.Now(load.Device.type == TorchSharp.DeviceType.CUDA ? Math.Max(0, load.Device.index) : null);
    }
}
