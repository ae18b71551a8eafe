using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Noise;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// Noise of one tile, put together from its cells. Each cell has a generator of its own, so that tiles that share a cell see the
/// same noise in it, draw after draw, and paint nearly the same there.
/// </summary>
internal sealed class TileNoise : IKeptNoise, IDisposable
{
    private readonly PictureWindow _tile;
    private readonly int _cell;
    private readonly NoiseSource[][] _rows;

    /// <summary>Seeds the cells.</summary>
    /// <param name="run">Has the seeds.</param>
    /// <param name="stage">2 or 3.</param>
    /// <param name="tile">The tile, beginning at a cell.</param>
    /// <param name="cell">A cell's side, in the tile's pixels.</param>
    public TileNoise(CascadeRun run, int stage, PictureWindow tile, int cell)
    {
        (_tile, _cell) = (tile, cell);
        _rows = [.. Numbers(tile.Y, tile.Height).Select(row => Numbers(tile.X, tile.Width).Select(column => run.CellNoise(stage, column, row)).ToArray())];

        IEnumerable<int> Numbers(int start, int size) => Enumerable.Range(start / cell, (size + cell - 1) / cell);
    }

    /// <inheritdoc/>
    public Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var (batch, channels, factor) = (shape[0], shape[1], shape[2] / _tile.Height);
        List<Tensor> rows = [];
        for (var row = 0; row < _rows.Length; row++)
        {
            var height = factor * Math.Min(_cell, _tile.Height - (row * _cell));
            List<Tensor> cells = [];
            for (var column = 0; column < _rows[row].Length; column++)
            {
                var width = factor * Math.Min(_cell, _tile.Width - (column * _cell));
                cells.Add(_rows[row][column].Draw([batch, channels, height, width], dtype, CPU));
            }

            rows.Add(cat(cells, 3));                                          // (B, C, h, W)
        }

        return cat(rows, 2).to(device).MoveToOuterDisposeScope();             // (B, C, H, W)
    }

    /// <inheritdoc/>
    public byte[] GetState() => [.. Cells.SelectMany(noise => noise.GetState())];

    /// <inheritdoc/>
    public void SetState(ReadOnlySpan<byte> state)
    {
        var cells = Cells.ToList();
        var size = cells[0].GetState().Length;
        if (state.Length != cells.Count * size)
            throw new FloydException($"The noise state has {state.Length} bytes, expected {cells.Count * size}: it belongs to another tile.");
        for (var i = 0; i < cells.Count; i++)
            cells[i].SetState(state.Slice(i * size, size));
    }

    /// <summary>Frees the generators.</summary>
    public void Dispose()
    {
        foreach (var noise in Cells)
            noise.Dispose();
    }

    private IEnumerable<NoiseSource> Cells => _rows.SelectMany(r => r);
}
