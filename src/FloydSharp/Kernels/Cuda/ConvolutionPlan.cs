using FloydSharp.Native;

namespace FloydSharp.Kernels.Cuda;

/// <summary>A way to compute convolutions of one shape, ready to run. Disposing it frees what cuDNN keeps for it.</summary>
internal sealed class ConvolutionPlan : IDisposable
{
    /// <summary>What a graph calls its tensors.</summary>
    public const long Input = 'x', Filters = 'w', Output = 'y';

    private readonly Cudnn _cudnn;
    private readonly CudnnDescriptor _configuration;
    private readonly CudnnDescriptor _plan;

    private ConvolutionPlan(Cudnn cudnn, CudnnDescriptor configuration, CudnnDescriptor plan, string tag)
    {
        (_cudnn, _configuration, _plan, Tag) = (cudnn, configuration, plan, tag);
        WorkspaceBytes = plan.Number(CudnnAttribute.PlanWorkspaceSize);
    }

    /// <summary>The engine and its settings in words, the same in every process: <c>eng5_k2=9_k13=1</c>.</summary>
    public string Tag { get; }

    /// <summary>Memory of the device that a run needs beside its tensors.</summary>
    public long WorkspaceBytes { get; }

    /// <summary>Makes a plan.</summary>
    /// <param name="cudnn">cuDNN.</param>
    /// <param name="handle">Its handle.</param>
    /// <param name="configuration">From heuristics; the plan's if there is one, else the caller's.</param>
    /// <param name="tag">Its words.</param>
    /// <returns>Null where cuDNN does not support it here.</returns>
    public static ConvolutionPlan? TryMake(Cudnn cudnn, nint handle, CudnnDescriptor configuration, string tag)
    {
        var plan = new CudnnDescriptor(cudnn, CudnnKind.ExecutionPlan);
        try
        {
            plan.Set(CudnnAttribute.PlanHandle, CudnnType.Handle, [handle]).Set(CudnnAttribute.PlanConfiguration, configuration);
            if (plan.TrySeal())
                return new(cudnn, configuration, plan, tag);
        }
        catch
        {
            plan.Dispose();
            throw;
        }

        plan.Dispose();
        return null;
    }

    /// <summary>Gives the work to the handle's stream. All addresses are of the device, the first three whole multiples of 16.</summary>
    /// <param name="handle">cuDNN's.</param>
    /// <param name="input">(B, H, W, Cin), dense.</param>
    /// <param name="filters">(Cout, k, k, Cin), dense.</param>
    /// <param name="output">(B, H', W', Cout), dense. Overwritten.</param>
    /// <param name="workspace"><see cref="WorkspaceBytes"/>; zero for none.</param>
    public void Run(nint handle, nint input, nint filters, nint output, nint workspace)
    {
        using var pack = new CudnnDescriptor(_cudnn, CudnnKind.VariantPack);
        pack.Set(CudnnAttribute.PackPointers, CudnnType.Pointer, [input, filters, output])
            .Set(CudnnAttribute.PackIdentities, Input, Filters, Output)
            .Set(CudnnAttribute.PackWorkspace, CudnnType.Pointer, [workspace])
            .Seal();
        _cudnn.Execute(handle, _plan, pack);
    }

    /// <summary>Frees it.</summary>
    public void Dispose()
    {
        _plan.Dispose();
        _configuration.Dispose();
    }
}
