using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// What stage I made, with all that the later stages need: many small pictures are made first, and those that please are
/// enlarged later, by another process if need be, without stage I or the text encoder. Each is made by itself from a seed of its
/// own, and becomes what a whole run with that seed and <see cref="CascadeRequest.ReseedStages"/> makes. Owns its tensors.
/// </summary>
/// <example><code>
/// using var candidates = cascade.MakeCandidates([request with { ImagesPerPrompt = 9 }]);
/// using var chosen = candidates.Pick([2, 5]);
/// cascade.GenerateAll(CascadeRequest.Enlarge(chosen), progress);
/// </code></example>
public sealed class Candidates : IDisposable
{
    private readonly List<Tensor> _images;

    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="images">(1, 3, H, W) each, float32 on the CPU.</param>
    /// <param name="embeddings">The prompts' embeddings.</param>
    /// <param name="rows">Which row of <paramref name="embeddings"/> each picture was made with.</param>
    /// <param name="pictures">How each picture was made; each has its request.</param>
    /// <param name="numbers">What each is called.</param>
    /// <param name="inputs">The pictures and masks that they were made from, by their hashes.</param>
    internal Candidates(
        IEnumerable<Tensor> images, PromptEmbeddings embeddings, IReadOnlyList<int> rows, IReadOnlyList<PictureInfo> pictures, IReadOnlyList<int> numbers, IReadOnlyDictionary<string, ImageBuffer> inputs)
    {
        _images = [.. images.Select(i => i.DetachFromDisposeScope())];
        (Embeddings, Rows, Pictures, Numbers, Inputs) = (embeddings, rows, pictures, numbers, inputs);
    }

    /// <summary>What stage I hands on of each picture: (1, 3, H, W), float32 on the CPU, around [-1, 1], neither checked nor watermarked unless finished pictures are handed on.</summary>
    public IReadOnlyList<Tensor> Images => _images;

    /// <summary>The embeddings of the prompts, one row for each text.</summary>
    public PromptEmbeddings Embeddings { get; }

    /// <summary>Which row of <see cref="Embeddings"/> each picture was made with.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>How each picture was made.</summary>
    public IReadOnlyList<PictureInfo> Pictures { get; }

    /// <summary>What each picture is called, as on a contact sheet; they count from 0 when they are made.</summary>
    public IReadOnlyList<int> Numbers { get; }

    /// <summary>The number of pictures.</summary>
    public int Count => Pictures.Count;

    /// <summary>The pictures and masks that candidates of variations and inpaintings were made from, by their hashes.</summary>
    internal IReadOnlyDictionary<string, ImageBuffer> Inputs { get; }

    /// <summary>Some of them, in the order asked for.</summary>
    /// <param name="numbers">Of <see cref="Numbers"/>.</param>
    /// <returns>Copies; owned by the caller.</returns>
    /// <exception cref="FloydException">There is no such picture, or one is named twice.</exception>
    public Candidates Pick(IReadOnlyList<int> numbers)
    {
        if (numbers.Count == 0)
            throw new FloydException("No candidate is picked; name at least one.");
        if (numbers.Distinct().Count() != numbers.Count)
            throw new FloydException($"The picks {string.Join(",", numbers)} name a candidate twice; name each once.");
        int[] places = [.. numbers.Select(PlaceOf)];
        int[] rows = [.. places.Select(p => Rows[p]).Distinct()];
        return new(
            places.Select(p => _images[p].clone()),
            Embeddings.Select(rows),
            [.. places.Select(p => Array.IndexOf(rows, Rows[p]))],
            [.. places.Select(p => Pictures[p])],
            numbers,
            Inputs);
    }

    /// <summary>Writes a safetensors file.</summary>
    /// <param name="path">The file; appears complete or not at all.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    public void Save(string path, bool overwrite = false) => CandidatesFile.Write(path, this, overwrite);

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FloydException">The file is missing, damaged or holds something else.</exception>
    public static Candidates Load(string path) => CandidatesFile.Read(path);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        _images.ForEach(i => i.Dispose());
        Embeddings.Dispose();
    }

    /// <summary>Keeps what a batch of requests of one picture each made at stage I.</summary>
    /// <param name="runs">The requests, stage I done. Not disposed.</param>
    /// <returns>Copies; owned by the caller.</returns>
    internal static Candidates Of(IReadOnlyList<CascadeRun> runs)
    {
        // Pictures of one prompt have the same text.
        Dictionary<string, int> texts = [];
        List<CascadeRun> distinct = [];
        List<int> rows = [];
        foreach (var run in runs)
        {
            var hash = run.Embeddings!.Hash();
            if (!texts.TryGetValue(hash, out var row))
            {
                texts[hash] = row = distinct.Count;
                distinct.Add(run);
            }

            rows.Add(row);
        }

        Dictionary<string, ImageBuffer> inputs = [];
        foreach (var run in runs)
            run.CollectInputs(inputs);
        return new(
            runs.Select(HandedOn),
            PromptEmbeddings.Concat(
                [.. distinct.Select(r => r.Embeddings!)],
                [.. distinct.SelectMany(r => r.Request.PromptTexts)],
                [.. distinct.SelectMany(r => r.Request.NegativePromptTexts)],
                [.. distinct.SelectMany(r => r.Request.StylePromptTexts)]),
            rows,
            [.. runs.Select(r => r.Results[0].Pictures[0].Info)],
            [.. Enumerable.Range(0, runs.Count)],
            inputs);
    }

    /// <summary>The request that goes on with one of them.</summary>
    internal CascadeRequest ToRequest(int place)
    {
        var record = Pictures[place].Request!;
        var request = record.ToRequest(Input(record.Start?.Picture.Sha256), Input(record.Start?.Mask?.Sha256), Embeddings);
        return request with { Candidates = this, CandidatePlace = place, Embeddings = Embeddings, EmbeddingsRow = Rows[place], LastStage = null };

        ImageBuffer? Input(string? hash) => hash is null ? null : Inputs.GetValueOrDefault(hash);
    }

    private static Tensor HandedOn(CascadeRun run) => run.Request.HandOverPictures
        ? ImageTensors.FromImages([run.Results[0].Pictures[0].Picture.Image])
        : run.Results[0].Images.clone();

    private int PlaceOf(int number)
    {
        for (var place = 0; place < Count; place++)
        {
            if (Numbers[place] == number)
                return place;
        }

        var numbers = Numbers.Order().ToList();
        throw new FloydException($"There is no candidate {number}; there {(numbers.Count == 1 ? $"is {numbers[0]}" : $"are {numbers[0]} to {numbers[^1]}")}.");
    }
}
