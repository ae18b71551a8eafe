using System.Text.Json;
using System.Text.Json.Serialization;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// What stage I made, with all that the later stages need: many small pictures are made at once, and those that please are
/// enlarged later, by another process if need be, without stage I or the text encoder. Owns its tensors.
/// </summary>
/// <example><code>
/// using var embeddings = cascade.Encode(request);
/// using var small = cascade.Generate(request with { Embeddings = embeddings, LastStage = 1, ImagesPerPrompt = 9 });
/// using var candidates = Candidates.Of(small, embeddings);
/// using var chosen = candidates.Pick([2, 5]);
/// using var large = cascade.Generate(CascadeRequest.Enlarge(chosen));
/// </code></example>
public sealed class Candidates : IDisposable
{
    private const string ImagesKey = "stage1_images";
    private const string PicturesKey = "floyd_candidates";
    private const int MaxCount = 100_000;

    private Candidates(Tensor images, PromptEmbeddings embeddings, IReadOnlyList<PictureInfo> pictures)
    {
        Images = images.DetachFromDisposeScope();
        Embeddings = embeddings;
        Pictures = pictures;
    }

    /// <summary>(B, 3, H, W), float32 on the CPU, around [-1, 1], neither checked nor watermarked.</summary>
    public Tensor Images { get; }

    /// <summary>One row per picture.</summary>
    public PromptEmbeddings Embeddings { get; }

    /// <summary>How each picture was made.</summary>
    public IReadOnlyList<PictureInfo> Pictures { get; }

    /// <summary>The number of pictures.</summary>
    public int Count => Pictures.Count;

    /// <summary>Keeps what stage I made.</summary>
    /// <param name="result">A result with stage I. Not disposed.</param>
    /// <param name="embeddings">The embeddings it was made with. Not disposed.</param>
    /// <returns>Copies; owned by the caller.</returns>
    /// <exception cref="FloydException">Stage I is not in the result, or the embeddings are of other prompts.</exception>
    public static Candidates Of(CascadeResult result, PromptEmbeddings embeddings)
    {
        var stage = result.Stages[0];
        var count = stage.Pictures.Count;
        if (stage.Stage != 1 || count % embeddings.Count != 0)
            throw new FloydException($"Candidates are results of stage I, as many for each prompt; got {count} of stage {stage.Stage} for {embeddings.Count} prompts.");
        using var scope = NewDisposeScope();
        return new(
            stage.Images.clone(),
            embeddings.Select([.. Enumerable.Range(0, count).Select(i => i / (count / embeddings.Count))]),
            [.. stage.Pictures.Select(p => p.Info)]);
    }

    /// <summary>Some of them, in the order asked for.</summary>
    /// <param name="numbers">Numbers as <see cref="PictureInfo.Index"/> has them and as they stand in file names, from 0.</param>
    /// <returns>Copies; owned by the caller.</returns>
    /// <exception cref="FloydException">There is no such picture, or one is named twice.</exception>
    public Candidates Pick(IReadOnlyList<int> numbers)
    {
        if (numbers.Count == 0)
            throw new FloydException("No candidate is picked; name at least one.");
        if (numbers.Distinct().Count() != numbers.Count)
            throw new FloydException($"The picks {string.Join(",", numbers)} name a candidate twice; name each once.");
        int[] rows = [.. numbers.Select(RowOf)];
        using var scope = NewDisposeScope();
        var images = Images.index_select(0, tensor(rows.Select(r => (long)r).ToArray()));       // (picks, 3, H, W)
        return new(images, Embeddings.Select(rows), [.. rows.Select(r => Pictures[r])]);
    }

    /// <summary>Writes a safetensors file.</summary>
    /// <param name="path">The file; appears complete or not at all.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    public void Save(string path, bool overwrite = false)
    {
        var (tensors, metadata) = Embeddings.ToFile();
        tensors[ImagesKey] = Images;
        metadata[PicturesKey] = JsonSerializer.Serialize(Pictures, CandidatesJson.Default.IReadOnlyListPictureInfo);
        TensorFile.Write(path, tensors, metadata, overwrite);
    }

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FloydException">The file is missing, damaged or holds something else.</exception>
    public static Candidates Load(string path)
    {
        if (!File.Exists(path))
            throw new FloydException($"The file of candidates {path} does not exist.");
        using var scope = NewDisposeScope();
        var tensors = TensorFile.ReadAll(path, out var metadata);
        if (!metadata.TryGetValue(PicturesKey, out var json) || !tensors.TryGetValue(ImagesKey, out var images))
            throw new FloydException($"The file {path} holds no candidates of stage I; give one that `floyd generate --candidates` wrote.");
        var pictures = ReadPictures(path, json);
        var embeddings = PromptEmbeddings.Load(path);
        if (images.dim() == 4 && images.shape[0] == pictures.Count && images.shape[1] == 3 && images.dtype == ScalarType.Float32
            && embeddings.Count == pictures.Count && images.isfinite().all().item<bool>())
            return new(images, embeddings, pictures);
        embeddings.Dispose();
        throw new FloydException($"The candidates in {path} are damaged: pictures, embeddings and their descriptions do not belong together; make them again.");
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Images.Dispose();
        Embeddings.Dispose();
    }

    private static IReadOnlyList<PictureInfo> ReadPictures(string path, string json)
    {
        try
        {
            var pictures = JsonSerializer.Deserialize(json, CandidatesJson.Default.IReadOnlyListPictureInfo) ?? [];
            if (pictures.Count is > 0 and <= MaxCount && pictures.All(p => p is { Prompt: not null, Stages: not null } && p.Stages.All(s => s is not null)))
                return pictures;
        }
        catch (JsonException e)
        {
            throw new FloydException($"The candidates in {path} are damaged ({e.Message}); make them again.", e);
        }

        throw new FloydException($"The candidates in {path} are damaged: no pictures are described; make them again.");
    }

    private int RowOf(int number)
    {
        for (var row = 0; row < Count; row++)
        {
            if (Pictures[row].Index == number)
                return row;
        }

        var numbers = Pictures.Select(p => p.Index).Order().ToList();
        throw new FloydException($"There is no candidate {number}; there {(numbers.Count == 1 ? $"is {numbers[0]}" : $"are {numbers[0]} to {numbers[^1]}")}.");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<PictureInfo>))]
internal sealed partial class CandidatesJson : JsonSerializerContext;
