using System.Text.Json;
using FloydSharp.Cascade.Records;
using FloydSharp.IO;
using FloydSharp.Pipelines;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>The safetensors file of <see cref="Candidates"/>: one of embeddings, with pictures and descriptions beside them.</summary>
internal static class CandidatesFile
{
    private const string ImagePrefix = "stage1.", InputPrefix = "input.", Key = "floyd_candidates";
    private const int MaxCount = 100_000;

    public static void Write(string path, Candidates candidates, bool overwrite)
    {
        using var scope = NewDisposeScope();
        var (tensors, metadata) = candidates.Embeddings.ToFile();
        for (var i = 0; i < candidates.Count; i++)
            tensors[$"{ImagePrefix}{i}"] = candidates.Images[i];
        foreach (var (hash, picture) in candidates.Inputs)
            tensors[InputPrefix + hash] = PixelTensor.Of(picture);
        IReadOnlyList<CandidateRecord> records = [.. candidates.Pictures.Select((p, i) => new CandidateRecord { Number = candidates.Numbers[i], Row = candidates.Rows[i], Picture = p })];
        metadata[Key] = JsonSerializer.Serialize(records, RecordJson.Default.IReadOnlyListCandidateRecord);
        TensorFile.Write(path, tensors, metadata, overwrite);
    }

    public static Candidates Read(string path)
    {
        if (!File.Exists(path))
            throw new FloydException($"The file of candidates {path} does not exist.");
        using var scope = NewDisposeScope();
        var tensors = TensorFile.ReadAll(path, out var metadata);
        if (!metadata.TryGetValue(Key, out var json))
            throw new FloydException($"The file {path} holds no candidates of stage I; give one that floyd wrote for --candidates.");
        var records = RecordJson.Read(json, RecordJson.Default.IReadOnlyListCandidateRecord, $"The list of candidates in {path}");
        using var embeddings = PromptEmbeddings.Load(path);
        Check(path, records, embeddings.Count);
        return new(
            [.. records.Select((_, i) => tensors.TryGetValue($"{ImagePrefix}{i}", out var image) && IsSample(image) ? image : throw Damaged(path))],
            embeddings.Cpu(),
            [.. records.Select(r => r.Row)],
            [.. records.Select(r => r.Picture)],
            [.. records.Select(r => r.Number)],
            tensors.Where(t => t.Key.StartsWith(InputPrefix, StringComparison.Ordinal))
                .ToDictionary(t => t.Key[InputPrefix.Length..], t => PixelTensor.ToPicture(t.Value) ?? throw Damaged(path)));
    }

    private static bool IsSample(Tensor image) =>
        image.dim() == 4 && image.shape[0] == 1 && image.shape[1] == 3 && image.dtype == ScalarType.Float32 && image.isfinite().all().item<bool>();

    private static void Check(string path, IReadOnlyList<CandidateRecord> records, int rows)
    {
        if (records.Count is < 1 or > MaxCount || records.Select(r => r?.Number).Distinct().Count() != records.Count)
            throw Damaged(path);
        foreach (var record in records)
        {
            if (record is null || record.Number < 0 || record.Row < 0 || record.Row >= rows || record.Picture.Request is null)
                throw Damaged(path);
            // Reads it as strictly as a picture's text.
            PictureInfo.Parse(record.Picture.ToJson(), $"Candidate {record.Number} in {path}");
        }
    }

    private static FloydException Damaged(string path) =>
        new($"The candidates in {path} are damaged: pictures, embeddings and their descriptions do not belong together; make them again.");
}
