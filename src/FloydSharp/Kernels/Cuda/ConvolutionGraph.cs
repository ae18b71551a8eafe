using System.Globalization;
using System.Text;
using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>One forward convolution as cuDNN's graphs describe it, and the ways that cuDNN offers for it.</summary>
internal sealed class ConvolutionGraph : IDisposable
{
    // As cuDNN defines them: what networks call a convolution does not turn its filters (cudnnConvolutionMode_t).
    private const int CrossCorrelation = 1;

    // Of each address; what vector loads and the copy engine of newer GPUs want.
    private const long Alignment = 16;

    // More than cuDNN has kinds of settings.
    private const int MostKnobs = 64;

    private const int MostOffers = 256;

    private readonly Cudnn _cudnn;
    private readonly nint _handle;
    private readonly ConvolutionShape _shape;
    private readonly List<CudnnDescriptor> _owned = [];
    private readonly CudnnDescriptor _graph;

    /// <summary>Describes a convolution.</summary>
    /// <exception cref="NativeLibraryException">cuDNN refuses it.</exception>
    public ConvolutionGraph(Cudnn cudnn, nint handle, ConvolutionShape shape)
    {
        (_cudnn, _handle, _shape) = (cudnn, handle, shape);
        try
        {
            var operation = New(CudnnKind.ConvolutionForward)
                .Set(CudnnAttribute.ForwardConvolution, Convolution())
                .Set(CudnnAttribute.ForwardInput, Tensor(ConvolutionPlan.Input, shape.Batch, shape.Inputs, shape.Height, shape.Width))
                .Set(CudnnAttribute.ForwardFilters, Tensor(ConvolutionPlan.Filters, shape.Outputs, shape.Inputs, shape.KernelHeight, shape.KernelWidth))
                .Set(CudnnAttribute.ForwardOutput, Tensor(ConvolutionPlan.Output, shape.Batch, shape.Outputs, shape.OutputHeight, shape.OutputWidth))
                .SetReal(CudnnAttribute.ForwardAlpha, 1)
                .SetReal(CudnnAttribute.ForwardBeta, 0)
                .Seal();
            _graph = New(CudnnKind.OperationGraph)
                .Set(CudnnAttribute.GraphHandle, CudnnType.Handle, [handle])
                .Set(CudnnAttribute.GraphOperations, operation)
                .Seal();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Plans in the order in which cuDNN expects them to be fast: by its usual heuristics, by others where those offer nothing.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="allow">Which engines may be taken.</param>
    /// <param name="workspaceBytes">The largest workspace that a plan may have.</param>
    /// <param name="tag">The only plan that is wanted; null for any.</param>
    /// <returns>Owned by the caller.</returns>
    public List<ConvolutionPlan> Plans(int most, Func<EngineNotes, bool> allow, long workspaceBytes, string? tag = null)
    {
        List<ConvolutionPlan> plans = [];
        try
        {
            foreach (var mode in new[] { CudnnHeuristics.A, CudnnHeuristics.B, CudnnHeuristics.Fallback })
            {
                Add(plans, mode, most, allow, workspaceBytes, tag);
                if (plans.Count > 0)
                    break;
            }

            return plans;
        }
        catch
        {
            foreach (var plan in plans)
                plan.Dispose();
            throw;
        }
    }

    /// <summary>Frees the description; plans do not need it.</summary>
    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
    }

    private void Add(List<ConvolutionPlan> plans, CudnnHeuristics mode, int most, Func<EngineNotes, bool> allow, long workspaceBytes, string? tag)
    {
        using var heuristics = new CudnnDescriptor(_cudnn, CudnnKind.EngineHeuristics);
        heuristics.Set(CudnnAttribute.HeuristicsGraph, _graph).Set(CudnnAttribute.HeuristicsMode, CudnnType.HeuristicsMode, (int)mode);
        if (!heuristics.TrySeal())
            return;
        var offers = heuristics.Parts(CudnnAttribute.HeuristicsResults, CudnnKind.EngineConfiguration, Math.Clamp(heuristics.Count(CudnnAttribute.HeuristicsResults), 0, MostOffers));
        HashSet<CudnnDescriptor> kept = [];
        try
        {
            foreach (var offer in offers)
            {
                if (plans.Count == most)
                    break;
                if (Describe(offer, allow) is not { } words || (tag is not null && words != tag) || ConvolutionPlan.TryMake(_cudnn, _handle, offer, words) is not { } plan)
                    continue;
                kept.Add(offer);
                if (plan.WorkspaceBytes <= workspaceBytes)
                    plans.Add(plan);
                else
                    plan.Dispose();
            }
        }
        finally
        {
            foreach (var offer in offers.Where(o => !kept.Contains(o)))
                offer.Dispose();
        }
    }

    // Null for an engine that may not be taken.
    private static string? Describe(CudnnDescriptor configuration, Func<EngineNotes, bool> allow)
    {
        var engines = configuration.Parts(CudnnAttribute.ConfigurationEngine, CudnnKind.Engine, 1);
        List<CudnnDescriptor> knobs = [];
        try
        {
            if (engines is not [var engine])
                return null;
            var index = engine.Number(CudnnAttribute.EngineGlobalIndex);
            if (!allow(new(
                    index,
                    engine.Choices(CudnnAttribute.EngineNumericalNotes, CudnnType.NumericalNote),
                    engine.Choices(CudnnAttribute.EngineBehaviorNotes, CudnnType.BehaviorNote))))
                return null;
            knobs = configuration.Parts(CudnnAttribute.ConfigurationKnobChoices, CudnnKind.KnobChoice, MostKnobs);
            var words = new StringBuilder().Append(CultureInfo.InvariantCulture, $"eng{index}");
            foreach (var knob in knobs)
                words.Append(CultureInfo.InvariantCulture, $"_k{knob.Choice(CudnnAttribute.KnobChoiceType, CudnnType.KnobType)}={knob.Number(CudnnAttribute.KnobChoiceValue)}");
            return words.ToString();
        }
        finally
        {
            foreach (var one in knobs.Concat(engines))
                one.Dispose();
        }
    }

    private CudnnDescriptor Convolution() => New(CudnnKind.Convolution)
        .Set(CudnnAttribute.ConvolutionComputeType, CudnnType.DataType, (int)CudnnData.Float)
        .Set(CudnnAttribute.ConvolutionMode, CudnnType.ConvolutionMode, CrossCorrelation)
        .Set(CudnnAttribute.ConvolutionSpatialDimensions, 2)
        .Set(CudnnAttribute.ConvolutionDilations, 1, 1)
        .Set(CudnnAttribute.ConvolutionStrides, _shape.Stride, _shape.Stride)
        .Set(CudnnAttribute.ConvolutionPrePaddings, _shape.Padding, _shape.Padding)
        .Set(CudnnAttribute.ConvolutionPostPaddings, _shape.Padding, _shape.Padding)
        .Seal();

    // Channels come second in the order of dimensions and last in memory.
    private CudnnDescriptor Tensor(long identity, long count, long channels, long height, long width) => New(CudnnKind.Tensor)
        .Set(CudnnAttribute.TensorDataType, CudnnType.DataType, (int)DataOf(_shape.DType))
        .Set(CudnnAttribute.TensorDimensions, count, channels, height, width)
        .Set(CudnnAttribute.TensorStrides, height * width * channels, 1, width * channels, channels)
        .Set(CudnnAttribute.TensorIdentity, identity)
        .Set(CudnnAttribute.TensorAlignment, Alignment)
        .Seal();

    private static CudnnData DataOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => CudnnData.Half,
        ScalarType.BFloat16 => CudnnData.BFloat16,
        _ => CudnnData.Float,
    };

    private CudnnDescriptor New(CudnnKind kind)
    {
        var descriptor = new CudnnDescriptor(_cudnn, kind);
        _owned.Add(descriptor);
        return descriptor;
    }
}
