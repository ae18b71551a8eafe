using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FloydSharp.Cascade.Records;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Schedulers;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade.Runs;

/// <summary>The files of a run's folder. Each is replaced as a whole, so that each can be read at any moment.</summary>
internal sealed class RunFiles(string folder)
{
    private const string RunFile = "run.json", ProgressFile = "progress.json", NowFile = "now.safetensors";
    private const string EmbeddingsFile = "embeddings.safetensors", PicturesFile = "pictures.safetensors", TilesFile = "tiles.safetensors", CandidatesFile = "candidates.safetensors";
    private const long MaxJsonBytes = 64 << 20;

    /// <summary>Whether a folder holds a run.</summary>
    public static bool Exist(string folder) => File.Exists(Path.Combine(folder, RunFile));

    public void WriteRun(RunRecord record) => WriteJson(RunFile, record, RecordJson.Default.RunRecord);

    public RunRecord ReadRun()
    {
        var record = ReadJson(RunFile, RecordJson.Default.RunRecord);
        if (record.Options.Threads is < 1 or > CascadeOptions.MaxThreads)
            throw Damaged(RunFile);
        return record.Version == RunRecord.Known
            ? record
            : throw new FloydException($"{At(RunFile)}: version {record.Version} of a run, where this program knows {RunRecord.Known}; continue it with the program that began it.");
    }

    public void WriteProgress(RunProgress progress) => WriteJson(ProgressFile, progress, RecordJson.Default.RunProgress);

    public RunProgress ReadProgress() => File.Exists(At(ProgressFile))
        ? ReadJson(ProgressFile, RecordJson.Default.RunProgress)
        : new() { Finished = [], Choices = new Dictionary<string, string>() };

    /// <summary>Keeps pictures and masks by their hashes.</summary>
    public void WritePictures(IReadOnlyDictionary<string, ImageBuffer> pictures)
    {
        if (pictures.Count == 0)
            return;
        using var scope = NewDisposeScope();
        TensorFile.Write(At(PicturesFile), pictures.Select(p => KeyValuePair.Create(p.Key, PixelTensor.Of(p.Value))), null, overwrite: true);
    }

    /// <summary>Keeps what the requests go on with.</summary>
    public void WriteCandidates(Candidates candidates) => candidates.Save(At(CandidatesFile), overwrite: true);

    /// <summary>Reads it; owned by the caller.</summary>
    public Candidates ReadCandidates() => Candidates.Load(At(CandidatesFile));

    public IReadOnlyDictionary<string, ImageBuffer> ReadPictures()
    {
        if (!File.Exists(At(PicturesFile)))
            return new Dictionary<string, ImageBuffer>();
        using var scope = NewDisposeScope();
        return TensorFile.ReadAll(At(PicturesFile), out _).ToDictionary(p => p.Key, p => Picture(p.Value, PicturesFile));
    }

    /// <summary>Keeps the embeddings of requests by their numbers.</summary>
    public void WriteEmbeddings(IEnumerable<(int Request, PromptEmbeddings Embeddings)> all) =>
        TensorFile.Write(
            At(EmbeddingsFile),
            all.SelectMany(e => new (string Part, Tensor? Tensor)[] { ("positive", e.Embeddings.Positive), ("negative", e.Embeddings.Negative), ("style", e.Embeddings.Style) }
                .Where(t => t.Tensor is not null).Select(t => KeyValuePair.Create($"{e.Request}.{t.Part}", t.Tensor!))),
            null,
            overwrite: true);

    /// <summary>Reads the embeddings of the requests that have some.</summary>
    /// <returns>Owned by the caller.</returns>
    public IReadOnlyDictionary<int, PromptEmbeddings> ReadEmbeddings(IReadOnlyList<RequestRecord> requests)
    {
        if (!File.Exists(At(EmbeddingsFile)))
            return new Dictionary<int, PromptEmbeddings>();
        using var scope = NewDisposeScope();
        var tensors = TensorFile.ReadAll(At(EmbeddingsFile), out _);
        Dictionary<int, PromptEmbeddings> all = [];
        for (var i = 0; i < requests.Count; i++)
        {
            if (tensors.TryGetValue($"{i}.positive", out var positive))
                all[i] = new(positive, tensors.GetValueOrDefault($"{i}.negative"), requests[i].Prompts, requests[i].NegativePrompts, tensors.GetValueOrDefault($"{i}.style"), requests[i].StylePrompts);
        }

        return all;
    }

    /// <summary>Keeps what a stage's UNet made, and the noise after it.</summary>
    public void WriteProduct(int request, int stage, StageProduct product) => WriteProduct(ProductFile(request, stage), product, []);

    public bool HasProduct(int request, int stage) => File.Exists(At(ProductFile(request, stage)));

    /// <summary>Reads what a stage's UNet made; owned by the caller.</summary>
    public StageProduct ReadProduct(int request, int stage) => ReadProduct(ProductFile(request, stage), out _);

    /// <summary>Keeps the tiles of a stage so far.</summary>
    public void WriteTiles(int request, int stage, StageProduct product) =>
        WriteProduct(TilesFile, product, new() { ["request"] = Text(request), ["stage"] = Text(stage) });

    /// <summary>Reads the tiles of the stage that was under way.</summary>
    /// <returns>Owned by the caller; null where they are of another request or stage, or none were kept.</returns>
    public StageProduct? ReadTiles(int request, int stage)
    {
        if (!File.Exists(At(TilesFile)))
            return null;
        var product = ReadProduct(TilesFile, out var numbers);
        if (numbers.GetValueOrDefault("request") == Text(request) && numbers.GetValueOrDefault("stage") == Text(stage))
            return product;
        product.Dispose();
        return null;
    }

    /// <summary>Keeps the finished pictures that a stage hands on instead of its tensor.</summary>
    public void WriteHandedOver(int request, int stage, IReadOnlyList<ImageBuffer> pictures)
    {
        using var product = new StageProduct(pictures, [], 0);
        WriteProduct(HandedOverFile(request, stage), product, []);
    }

    /// <summary>Reads them.</summary>
    public IReadOnlyList<ImageBuffer> ReadHandedOver(int request, int stage)
    {
        using var product = ReadProduct(HandedOverFile(request, stage), out _);
        return product.Assembled;
    }

    public void WriteState(int request, int stage, int part, DenoisingState state)
    {
        using var noise = tensor(state.Noise.ToArray(), ScalarType.Byte);
        Dictionary<string, Tensor> tensors = new() { ["sample"] = state.Sample, ["noise"] = noise };
        for (var i = 0; i < state.Scheduler.Predictions.Count; i++)
            tensors[$"prediction.{i}"] = state.Scheduler.Predictions[i];
        Dictionary<string, string> numbers = new()
        {
            ["request"] = Text(request),
            ["stage"] = Text(stage),
            ["part"] = Text(part),
            ["next_step"] = Text(state.NextStep),
            ["scheduler_position"] = Text(state.Scheduler.Position),
        };
        TensorFile.Write(At(NowFile), tensors, numbers, overwrite: true);
    }

    /// <summary>Reads the state of the denoising that was under way.</summary>
    /// <returns>Owned by the caller; null where it is of another request, stage or tile, or none was kept.</returns>
    public DenoisingState? ReadState(int request, int stage, int part)
    {
        if (!File.Exists(At(NowFile)))
            return null;
        using var scope = NewDisposeScope();
        var tensors = TensorFile.ReadAll(At(NowFile), out var numbers);
        if (Number("request") != request || Number("stage") != stage || Number("part") != part)
            return null;
        if (!tensors.TryGetValue("sample", out var sample) || !tensors.TryGetValue("noise", out var noise) || noise.dtype != ScalarType.Byte)
            throw Damaged(NowFile);
        List<Tensor> predictions = [];
        while (tensors.TryGetValue($"prediction.{predictions.Count}", out var prediction))
            predictions.Add(prediction.DetachFromDisposeScope());
        return new(Number("next_step"), sample.DetachFromDisposeScope(), new SchedulerState(Number("scheduler_position"), predictions), noise.data<byte>().ToArray());

        int Number(string key) => numbers.TryGetValue(key, out var text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Damaged(NowFile);
    }

    /// <summary>Deletes everything; what makes it a run goes first, so that half of one is never taken for one.</summary>
    public void Delete()
    {
        File.Delete(At(RunFile));
        Directory.Delete(folder, recursive: true);
    }

    private ImageBuffer Picture(Tensor pixels, string file) => PixelTensor.ToPicture(pixels) ?? throw Damaged(file);

    private void WriteProduct(string file, StageProduct product, Dictionary<string, string> numbers)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = new() { ["noise"] = tensor(product.Noise, ScalarType.Byte) };
        if (product.Whole is { } whole)
            tensors["product"] = whole;
        for (var i = 0; i < product.Assembled.Count; i++)
            tensors[$"picture.{i}"] = PixelTensor.Of(product.Assembled[i]);
        for (var i = 0; i < product.Parts.Count; i++)
            tensors[$"part.{i}"] = product.Parts[i];
        numbers["done"] = Text(product.Done);
        TensorFile.Write(At(file), tensors, numbers, overwrite: true);
    }

    private StageProduct ReadProduct(string file, out IReadOnlyDictionary<string, string> numbers)
    {
        using var scope = NewDisposeScope();
        var tensors = TensorFile.ReadAll(At(file), out numbers);
        if (!tensors.TryGetValue("noise", out var noise) || noise.dtype != ScalarType.Byte)
            throw Damaged(file);
        var state = noise.data<byte>().ToArray();
        if (tensors.TryGetValue("product", out var whole))
            return IsSample(whole) ? new(whole) { Noise = state } : throw Damaged(file);
        var pictures = List("picture").Select(p => Picture(p, file)).ToList();
        var parts = List("part").ToList();
        if (!parts.All(IsSample) || pictures.Count + parts.Count == 0
            || !int.TryParse(numbers.GetValueOrDefault("done"), NumberStyles.None, CultureInfo.InvariantCulture, out var done) || (parts.Count > 0 && parts.Count != done))
            throw Damaged(file);
        return new(pictures, parts, done) { Noise = state };

        IEnumerable<Tensor> List(string name)
        {
            for (var i = 0; tensors.TryGetValue($"{name}.{i}", out var value); i++)
                yield return value;
        }

        static bool IsSample(Tensor value) => value.dim() == 4 && value.dtype == ScalarType.Float32;
    }

    private static string ProductFile(int request, int stage) => $"stage{Text(stage)}-{Text(request)}.safetensors";

    private static string HandedOverFile(int request, int stage) => $"pictures{Text(stage)}-{Text(request)}.safetensors";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string At(string name) => Path.Combine(folder, name);

    private FloydException Damaged(string file) => new($"{At(file)} is damaged; delete the folder {folder} and start the run anew.");

    private void WriteJson<T>(string name, T value, JsonTypeInfo<T> info) =>
        AtomicFile.Write(At(name), Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value, info)), overwrite: true);

    private T ReadJson<T>(string name, JsonTypeInfo<T> info)
        where T : class
    {
        var path = At(name);
        try
        {
            if (new FileInfo(path).Length > MaxJsonBytes)
                throw Damaged(name);
            return RecordJson.Read(File.ReadAllText(path), info, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); give the folder of a run that was stopped.", e);
        }
    }
}
