using System.Globalization;
using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Training.Optimization;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>
/// What a run needs, beside the checkpoint, to go on as if it had not stopped, in files of at most 15 MB: how far the weights
/// are from the checkpoint's average, and the moments. All in bfloat16, the second moment as its root: eight bits are enough
/// for differences and for the size of a step.
/// </summary>
internal static class TrainingState
{
    private const string BaseName = "training_state";

    // Part of the layout's number: states of an older arrangement of the buffers are refused.
    private const string Arrangement = "kernels with input channels innermost;";
    private const long PieceElements = 3L << 20;
    private const long FileBytes = 15_000_000;

    /// <summary>Whether a folder holds a state.</summary>
    public static bool IsIn(string folder) => Directory.Exists(folder)
        && Directory.EnumerateFiles(folder, BaseName + "*.safetensors").Any();

    /// <summary>Writes the state; replaces one that is there.</summary>
    public static void Save(string folder, TrainableModel model, FlatAdamW optimizer, long samples)
    {
        Directory.CreateDirectory(folder);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        (string Name, Tensor Values)[] buffers =
        [
            ("offset", (model.Master - model.Average.to(ScalarType.Float16).to(ScalarType.Float32)).to(ScalarType.BFloat16).cpu()),
            ("first", optimizer.First.to(ScalarType.BFloat16).cpu()),
            ("second_root", optimizer.Second.sqrt().to(ScalarType.BFloat16).cpu()),
        ];
        var sources = buffers.SelectMany(b => Pieces(model.Size).Select(p =>
            TensorFile.Source($"{b.Name}.{p.Index}", b.Values.narrow(0, p.Start, p.Length))));
        ShardedSafetensorsWriter.Write(folder, BaseName, sources, FileBytes, metadata: new Dictionary<string, string>
        {
            ["steps"] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            ["samples"] = samples.ToString(CultureInfo.InvariantCulture),
            ["layout"] = Layout(model),
        }, overwrite: true);
    }

    /// <summary>Reads the state into an optimizer and a model that was filled from the checkpoint of the same moment.</summary>
    /// <returns>Samples seen so far.</returns>
    /// <exception cref="FloydException">The state is damaged or belongs to a model of other sizes.</exception>
    public static long Load(string folder, TrainableModel model, FlatAdamW optimizer)
    {
        using var weights = WeightSet.Open(folder, [BaseName]);
        var metadata = weights.Files[0].Header.Metadata;
        if (metadata.GetValueOrDefault("layout") != Layout(model)
            || !long.TryParse(metadata.GetValueOrDefault("steps"), NumberStyles.None, CultureInfo.InvariantCulture, out var steps)
            || !long.TryParse(metadata.GetValueOrDefault("samples"), NumberStyles.None, CultureInfo.InvariantCulture, out var samples))
            throw new FloydException($"The training state in {folder} belongs to a model of other sizes; leave --state out.");

        using var noGrad = no_grad();
        Read("offset", model.Master);
        model.Master.AddInPlace(model.Average);
        Read("first", optimizer.First);
        Read("second_root", optimizer.Second);
        optimizer.Second.mul_(optimizer.Second);
        optimizer.Steps = steps;
        model.Publish();
        return samples;

        void Read(string name, Tensor target)
        {
            foreach (var (index, start, length) in Pieces(model.Size))
            {
                using var scope = NewDisposeScope();
                var (file, entry) = weights[$"{name}.{index}"];
                target.narrow(0, start, length).copy_(TensorFile.Read(file, entry).to(target.device));
            }
        }
    }

    /// <summary>A number of all names and shapes (FNV-1a), so that another model's state is not taken for this one's.</summary>
    private static string Layout(TrainableModel model)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in Arrangement + string.Join(';', model.Slots.Select(s => $"{s.FullName}:{string.Join(',', s.Shape)}")))
            hash = unchecked((hash ^ c) * 1099511628211UL);
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static IEnumerable<(int Index, long Start, long Length)> Pieces(long size)
    {
        for (var (index, start) = (0, 0L); start < size; index++, start += PieceElements)
            yield return (index, start, Math.Min(PieceElements, size - start));
    }
}
