using FloydSharp.IO;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>
/// The analyser's weights in a safetensors file: matrices and kernels as bytes with a float32 step per output, all else in float16.
/// </summary>
internal static class AnalyserWeights
{
    private const string StepSuffix = ".step";

    /// <summary>The weights that the program brings.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "analyser.safetensors");

    /// <summary>Writes all weights and running means, replacing the file once the new one is complete. The network may be on any device.</summary>
    public static void Write(SceneNet net, string path)
    {
        using var scope = NewDisposeScope();
        TensorFile.Write(path, Slots(net).SelectMany(s => Packed(s.Key, s.Value.detach().to(ScalarType.Float32, CPU))), overwrite: true);
    }

    /// <summary>Fills the network, on whatever device it is.</summary>
    /// <exception cref="FloydException">The file is missing or of another network.</exception>
    public static void Read(SceneNet net, string path)
    {
        if (!File.Exists(path))
            throw new FloydException($"The analyser's weights '{path}' do not exist; make them with: floyd-eval train --out {Path.GetFileName(path)}");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var stored = TensorFile.ReadAll(path, out _);
        foreach (var (name, slot) in Slots(net))
        {
            if (!stored.TryGetValue(name, out var tensor) || !tensor.shape.SequenceEqual(slot.shape))
                throw new FloydException($"The file '{path}' has no tensor '{name}' of shape [{string.Join(", ", slot.shape)}]; it belongs to another analyser, make it anew with floyd-eval train.");
            var values = tensor.to(ScalarType.Float32);
            if (stored.TryGetValue(name + StepSuffix, out var step))
                values = values * step;
            slot.copy_(values.to(slot.dtype, slot.device));
        }
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Packed(string name, Tensor values)
    {
        if (values.dim() < 2)
        {
            yield return new(name, values.to(ScalarType.Float16));
            yield break;
        }

        long[] inner = [.. Enumerable.Range(1, (int)values.dim() - 1).Select(d => (long)d)];
        var step = values.abs().amax(inner, keepdim: true).clamp(min: 1e-12) / 127; // (O, 1, ...)
        yield return new(name, (values / step).round().to(ScalarType.Int8));
        yield return new(name + StepSuffix, step);
    }

    // The count of batches seen has no use: the running means have a fixed momentum.
    private static IEnumerable<KeyValuePair<string, Tensor>> Slots(SceneNet net) =>
        net.state_dict().Where(s => s.Value.is_floating_point());
}
