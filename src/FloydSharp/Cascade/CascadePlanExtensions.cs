using FloydSharp.IO;
using FloydSharp.Planning;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>Gives a plan to a cascade: the one place that knows which placements it can run.</summary>
public static class CascadePlanExtensions
{
    /// <summary>What a cascade can run beside whole components of floating-point weights on one device.</summary>
    public static PlacementSupport Supported => PlacementSupport.None;

    /// <summary>Options that run as a plan says, and whose phases tell predicted and measured peaks.</summary>
    /// <param name="plan">A plan of the same cascade.</param>
    /// <param name="options">The cascade's options.</param>
    /// <exception cref="FloydException">The plan has a placement that cannot be run.</exception>
    public static CascadeOptions ApplyTo(this MemoryPlan plan, CascadeOptions options)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        foreach (var component in plan.Components)
        {
            var load = component.Stage == 0 ? options.TextEncoderLoad ?? options.Load : options.Load;
            var onOther = component.OnGpu != (load.Device.type == TorchSharp.DeviceType.CUDA);
            if (component.Placement != PlacementKind.Resident || onOther || (component.IsQuantized && component.Variant != WeightVariant.Choose(component.Folder, load)))
                throw new FloydException($"The plan puts {component.Component} of stage {component.Stage} on {component.Device}, {component.Placement.ToString().ToLowerInvariant()}, {component.Variant ?? "plain"} files, which cannot be run yet; allow more memory.");
        }

        return options with { Plan = plan, MeasureMemory = true };
    }

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
