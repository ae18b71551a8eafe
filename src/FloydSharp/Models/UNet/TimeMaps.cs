using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet;

/// <summary>
/// The maps by which the resnet blocks of a UNet are told the time. All map the same vector: where they lie side by side, one
/// product serves many. Streamed ones come together, apart from their blocks.
/// </summary>
internal sealed class TimeMaps
{
    // Weights of so many maps lie together: 64 MiB in float16.
    private const long MostTogether = 32 << 20;

    private readonly IReadOnlyList<Linear> _maps;
    private readonly Activation _activation;

    /// <summary>Collects the maps of a model's blocks.</summary>
    public TimeMaps(IEnumerable<ResnetBlock2D> blocks)
    {
        var told = blocks.Select(block => block.TimeMap!.Value).ToList();
        (_maps, _activation) = ([.. told.Select(t => t.Map)], told[0].Activation);
        Joins = [.. Chunks(_maps).Select(maps => new JoinedLinear(maps))];
        Width = _maps.Sum(m => m.Matrix.Shape[0]);
    }

    /// <summary>The maps that are multiplied together.</summary>
    public IReadOnlyList<JoinedLinear> Joins { get; }

    /// <summary>Width D' of all results side by side.</summary>
    public long Width { get; }

    /// <summary>What the blocks are told of one embedding for each sample.</summary>
    /// <param name="embedding">(B, Dtemb). Must live as long as the result is used.</param>
    /// <returns>Tensors of the dispose scope that is open; blocks multiply themselves where that costs nothing more.</returns>
    public TimeStates Tell(Tensor embedding) =>
        Joins.Any(j => j.IsJoined || j.IsStreamed) ? Columns(TellAll(embedding)) : new TimeStates(embedding);

    /// <summary>What the blocks are told, all side by side.</summary>
    /// <param name="embeddings">(rows, Dtemb). Not disposed.</param>
    /// <returns>(rows, D'), owned by the caller.</returns>
    public Tensor TellAll(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        var activated = _activation.Apply(embeddings);                        // (rows, Dtemb)
        return cat([.. Joins.SelectMany(join => join.forward(activated))], dim: 1).MoveToOuterDisposeScope(); // (rows, D')
    }

    /// <summary>Gives each block its columns.</summary>
    /// <param name="told">(B, D'). Not disposed.</param>
    /// <returns>Views, in the dispose scope that is open.</returns>
    public TimeStates Columns(Tensor told)
    {
        var columns = new Dictionary<Linear, Tensor>(_maps.Count);
        var start = 0L;
        foreach (var map in _maps)
        {
            var width = map.Matrix.Shape[0];
            columns[map] = told.narrow(1, start, width);                      // (B, D)
            start += width;
        }

        return new TimeStates(columns);
    }

    // What comes together must not need slots larger than other layers do.
    private static IEnumerable<List<Linear>> Chunks(IReadOnlyList<Linear> maps)
    {
        List<Linear> chunk = [];
        foreach (var map in maps)
        {
            if (chunk.Count > 0 && chunk.Append(map).Sum(m => m.Matrix.ElementCount) > MostTogether)
            {
                yield return chunk;
                chunk = [];
            }

            chunk.Add(map);
        }

        if (chunk.Count > 0)
            yield return chunk;
    }
}
