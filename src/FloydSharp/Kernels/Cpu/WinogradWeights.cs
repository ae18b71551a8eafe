using System.Runtime.CompilerServices;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// A 3 x 3 filter bank transformed for <see cref="Winograd{V, S, T}"/>: a matrix (Cin, Cout) in panels for each place of a
/// transformed tile. Freed with the weight it was made of.
/// </summary>
internal sealed unsafe class WinogradWeights : IDisposable
{
    private const int Taps = 9;

    private readonly AlignedBuffer _memory;
    private readonly bool _lent;

    private WinogradWeights(AlignedBuffer memory, bool lent, int inChannels, Panels panels, int size)
    {
        (_memory, _lent) = (memory, lent);
        InChannels = inChannels;
        Panels = panels;
        Size = size;
    }

    /// <summary>The size of the transformed tiles that they are for.</summary>
    public int Size { get; }

    public int InChannels { get; }

    public Panels Panels { get; }

    /// <summary>Bytes that a filter bank takes.</summary>
    /// <param name="weight">(Cout, Cin, 3, 3). Not disposed.</param>
    /// <param name="width">The width of vectors.</param>
    /// <param name="size">The size of a transformed tile.</param>
    public static long BytesOf(Weight weight, int width, int size) =>
        size * size * weight.Shape[1] * new Panels((int)weight.Shape[0], width).PaddedColumns * sizeof(float);

    /// <summary>The panel of one of the matrices.</summary>
    public float* Panel(int slice, int panel) =>
        _memory.Pointer + ((((long)slice * Panels.PaddedColumns) + Panels.Start(panel)) * InChannels);

    /// <summary>Transforms.</summary>
    /// <param name="filters">(Cout, Cin, 3, 3), float32, dense, on the CPU. Not disposed.</param>
    /// <param name="freed">Called once when the memory is freed.</param>
    public static WinogradWeights Create<V, S, T>(Tensor filters, Action freed)
        where V : struct
        where S : ISimd<V>
        where T : IWinogradTile
    {
        var (outChannels, inChannels) = ((int)filters.shape[0], (int)filters.shape[1]);
        var panels = new Panels(outChannels, S.Width);
        var weights = new WinogradWeights(new((long)T.Size * T.Size * panels.PaddedColumns * inChannels, freed), lent: false, inChannels, panels, T.Size);
        weights.Transform<V, S, T>((float*)TensorMemory.Pointer(filters));
        return weights;
    }

    /// <summary>Transforms the filters of some output channels into memory that is used again for others.</summary>
    /// <param name="filters">As above. Not disposed.</param>
    /// <param name="first">The first output channel.</param>
    /// <param name="count">How many.</param>
    /// <param name="memory">Large enough. Not disposed.</param>
    public static WinogradWeights Part<V, S, T>(Tensor filters, int first, int count, AlignedBuffer memory)
        where V : struct
        where S : ISimd<V>
        where T : IWinogradTile
    {
        var inChannels = (int)filters.shape[1];
        var weights = new WinogradWeights(memory, lent: true, inChannels, new(count, S.Width), T.Size);
        weights.Transform<V, S, T>((float*)TensorMemory.Pointer(filters) + ((long)first * inChannels * Taps));
        return weights;
    }

    public void Dispose()
    {
        if (!_lent)
            _memory.Dispose();
    }

    private void Transform<V, S, T>(float* filters)
        where V : struct
        where S : ISimd<V>
        where T : IWinogradTile => ThreadTeam.Run(Panels.PaddedColumns / S.Width, vector => TransformColumns<V, S, T>(filters, vector));

    // One vector of output channels: gathered tap by tap, transformed both ways, one vector to each of the matrices.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformColumns<V, S, T>(float* filters, int vector)
        where V : struct
        where S : ISimd<V>
        where T : IWinogradTile
    {
        var column = vector * S.Width;
        var panel = 0;
        while (panel + 1 < Panels.Count && Panels.Start(panel + 1) <= column)
            panel++;
        var width = Panels.Vectors(panel) * S.Width;
        var count = Math.Min(S.Width, Panels.Columns - column);
        var slice = (nint)Panels.PaddedColumns * InChannels;
        var taps = stackalloc float[Taps * S.Width];
        new Span<float>(taps, Taps * S.Width).Clear();
        var half = stackalloc float[T.Size * 3 * S.Width];                    // (size, 3)
        for (var c = 0; c < InChannels; c++)
        {
            for (var j = 0; j < count; j++)
            {
                var filter = filters + ((((long)(column + j) * InChannels) + c) * Taps);
                for (var t = 0; t < Taps; t++)
                    taps[(t * S.Width) + j] = filter[t];
            }

            for (var x = 0; x < 3; x++)
                T.Filter(taps + (x * S.Width), 3 * S.Width, half + (x * S.Width), 3 * S.Width);
            var target = Panel(0, panel) + ((long)c * width) + column - Panels.Start(panel);
            for (var y = 0; y < T.Size; y++)
                T.Filter(half + (3 * y * S.Width), S.Width, target + (y * T.Size * slice), slice);
        }
    }
}
