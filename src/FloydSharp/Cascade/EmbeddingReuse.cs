using System.Globalization;
using FloydSharp.IO.Tokenizers;
using FloydSharp.IO;
using FloydSharp.Native;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// The cache of encoded texts as a run uses it. Reading needs the content hash of the text encoder at once: where that is not
/// known, because its files were never hashed, nothing is found, and what the run encodes is kept when the hash is there.
/// </summary>
/// <param name="cache">The cache.</param>
/// <param name="load">How the text encoder is loaded.</param>
/// <param name="hashes">What the components contain.</param>
internal sealed class EmbeddingReuse(EmbeddingCache cache, LoadOptions load, CheckpointHashes hashes) : IDisposable
{
    private const string Encoder = "text_encoder";

    // The same bytes need the same arithmetic.
    private readonly string _arithmetic = string.Create(
        CultureInfo.InvariantCulture,
        $"{load.EffectiveDType}|{load.Quantization}|{load.Int8Execution}|{load.KeepHalf}|{load.WideAsBFloat16}|{load.Device.type}|{(load.Device.type == TorchSharp.DeviceType.CPU ? $"{get_num_threads()} {(load.Plain ? CpuPath.Plain : CpuPaths.Default)}" : "")}|{__version__}");

    private readonly List<Task> _pending = [];

    /// <summary>Finds an encoded text.</summary>
    /// <returns>(T, D) on the CPU, owned by the caller; null where it is not there.</returns>
    public Tensor? Find(TokenizedText tokens) =>
        hashes.TryKnown(0) is { } known && known.TryGetValue(Encoder, out var hash) ? cache.Read(Identity(hash), tokens) : null;

    /// <summary>Keeps encoded texts as soon as the encoder's hash is known; where hashing fails or is cancelled, nothing is kept.</summary>
    /// <param name="texts">Tokens and (T, D) on the CPU. Not disposed.</param>
    public void KeepSoon(IEnumerable<(TokenizedText Tokens, Tensor States)> texts)
    {
        var kept = texts.Select(t => (t.Tokens, States: t.States.clone().DetachFromDisposeScope())).ToList();
        _pending.Add(KeepAsync(kept, hashes.Group(0)));
    }

    /// <summary>Waits until all is kept.</summary>
    public void Dispose() => Task.WaitAll(_pending);

    private async Task KeepAsync(IReadOnlyList<(TokenizedText Tokens, Tensor States)> texts, Task<IReadOnlyList<(string Name, string Hash)>> group)
    {
        try
        {
            var hash = (await group.ConfigureAwait(false)).First(c => c.Name == Encoder).Hash;
            foreach (var (tokens, states) in texts)
                cache.Write(Identity(hash), tokens, states);
        }
        catch (Exception e) when (e is FloydException or OperationCanceledException)
        {
            // The run tells what is wrong with the files where it needs their hashes.
        }
        finally
        {
            foreach (var (_, states) in texts)
                states.Dispose();
        }
    }

    private string Identity(string hash) => $"1|{hash}|{_arithmetic}";
}
