using System.Runtime.CompilerServices;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// A 3 x 3 filter bank transformed for <see cref="Winograd{V, S}"/>: 36 matrices (Cin, Cout) in panels, four times the memory
/// of the filters. Freed with the weight it was made of.
/// </summary>
internal sealed unsafe class WinogradWeights : IDisposable
{
    public const int Slices = 36;

    private readonly AlignedBuffer _memory;

    private WinogradWeights(AlignedBuffer memory, int inChannels, Panels panels, int width)
    {
        _memory = memory;
        InChannels = inChannels;
        Panels = panels;
        Width = width;
    }

    /// <summary>The width of vectors that the panels were made for.</summary>
    public int Width { get; }

    public int InChannels { get; }

    public Panels Panels { get; }

    /// <summary>Bytes that a filter bank takes.</summary>
    public static long BytesOf(Weight weight, int width) =>
        Slices * weight.Shape[1] * new Panels((int)weight.Shape[0], width).PaddedColumns * sizeof(float);

    /// <summary>The panel of one of the 36 matrices.</summary>
    public float* Panel(int slice, int panel) =>
        _memory.Pointer + ((((long)slice * Panels.PaddedColumns) + Panels.Start(panel)) * InChannels);

    /// <summary>Transforms.</summary>
    /// <param name="filters">(Cout, Cin, 3, 3), float32, dense, on the CPU. Not disposed.</param>
    /// <param name="freed">Called once when the memory is freed.</param>
    public static WinogradWeights Create<V, S>(Tensor filters, Action freed)
        where V : struct
        where S : ISimd<V>
    {
        var (outChannels, inChannels) = ((int)filters.shape[0], (int)filters.shape[1]);
        var panels = new Panels(outChannels, S.Width);
        var weights = new WinogradWeights(new((long)Slices * panels.PaddedColumns * inChannels, freed), inChannels, panels, S.Width);
        var source = (float*)TensorMemory.Pointer(filters);
        ThreadTeam.Run(panels.PaddedColumns / S.Width, vector => weights.TransformColumns<V, S>(source, vector));
        return weights;
    }

    public void Dispose() => _memory.Dispose();

    // One vector of output channels: gathered tap by tap, transformed both ways, one vector to each of the 36 matrices.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformColumns<V, S>(float* filters, int vector)
        where V : struct
        where S : ISimd<V>
    {
        const int Taps = 9;
        var column = vector * S.Width;
        var panel = 0;
        while (panel + 1 < Panels.Count && Panels.Start(panel + 1) <= column)
            panel++;
        var width = Panels.Vectors(panel) * S.Width;
        var inside = column - Panels.Start(panel);
        var count = Math.Min(S.Width, Panels.Columns - column);
        var taps = stackalloc float[Taps * S.Width];
        new Span<float>(taps, Taps * S.Width).Clear();
        var rows = stackalloc float[6 * 3 * S.Width];
        for (var c = 0; c < InChannels; c++)
        {
            for (var j = 0; j < count; j++)
            {
                var filter = filters + ((((long)(column + j) * InChannels) + c) * Taps);
                for (var t = 0; t < Taps; t++)
                    taps[(t * S.Width) + j] = filter[t];
            }

            for (var x = 0; x < 3; x++)
            {
                WinogradTransforms<V, S>.Filter(
                    Tap(x), Tap(3 + x), Tap(6 + x), out var o0, out var o1, out var o2, out var o3, out var o4, out var o5);
                Keep(x, o0, o1, o2, o3, o4, o5);
            }

            for (var y = 0; y < 6; y++)
            {
                WinogradTransforms<V, S>.Filter(
                    Row(3 * y), Row((3 * y) + 1), Row((3 * y) + 2), out var o0, out var o1, out var o2, out var o3, out var o4, out var o5);
                Put(6 * y, o0);
                Put((6 * y) + 1, o1);
                Put((6 * y) + 2, o2);
                Put((6 * y) + 3, o3);
                Put((6 * y) + 4, o4);
                Put((6 * y) + 5, o5);
            }

            void Put(int slice, V value) => S.Store(value, Panel(slice, panel) + ((long)c * width) + inside);
        }

        V Tap(int t) => S.Load(taps + (t * S.Width));

        V Row(int i) => S.Load(rows + (i * S.Width));

        void Keep(int x, V o0, V o1, V o2, V o3, V o4, V o5)
        {
            S.Store(o0, rows + (x * S.Width));
            S.Store(o1, rows + ((3 + x) * S.Width));
            S.Store(o2, rows + ((6 + x) * S.Width));
            S.Store(o3, rows + ((9 + x) * S.Width));
            S.Store(o4, rows + ((12 + x) * S.Width));
            S.Store(o5, rows + ((15 + x) * S.Width));
        }
    }
}
