using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cascade.Records;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Input;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd rerun</c>: a picture is made again from what it says about itself.</summary>
internal sealed class RerunCommand(RerunSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new RerunSettings();
        return settings.ToCommand("rerun", "Make a picture again, to the byte, from what it says about itself.", () => new RerunCommand(settings, host).Run());
    }

    private void Run()
    {
        var path = settings.Picture;
        if (!File.Exists(path))
            throw new FloydException($"The picture {path} does not exist; give a PNG that floyd made.");
        var info = PictureInfo.Read(path) ?? throw new FloydException($"{path} does not say how it was made: floyd did not make it, or its text was removed.");
        var record = info.Request ?? throw new FloydException(info.Version == 0
            ? $"{path} was made before pictures kept all that is needed to make them again; floyd inspect shows what it says."
            : $"{path} was made of a candidate that another program, machine or precision had made; --pick makes it again from their file.");
        var saving = settings.Saving;
        var image = InputOf(record.Start?.Picture, settings.Image, "--image", path, InputPicture.Load);
        var mask = InputPicture.BoxesOf(record.Start?.Mask?.Name) is { } boxes && settings.Mask is null
            ? InputPicture.BoxMask(boxes, image!)
            : record.Start?.Mask?.Name == InputPicture.Alpha && settings.Mask is null ? InputPicture.AlphaMask(path, image!)
            : InputOf(record.Start?.Mask, settings.Mask, "--mask", path, InputPicture.LoadMask);
        if (record.Embeddings is not null && settings.EmbeddingsFile is null)
            throw new FloydException($"{path} was made from a file of embeddings; give it with --embeddings.");

        var (threads, warning) = ThreadsText.Choose(settings.Threads, info.Threads, "the picture");
        var options = Options(info, record, path) with { Threads = threads };
        using var embeddings = record.Embeddings is null ? null : PromptEmbeddings.Load(settings.EmbeddingsFile!);
        var request = record.ToRequest(image, mask, embeddings);
        using var cascade = IFCascade.Open(options);
        var folder = OutputFolder.Open(settings.OutFolder);
        var note = new RunNote(Path.GetFileNameWithoutExtension(record.Start?.Picture.Name ?? ""), settings.Manifest);
        using var state = saving is null ? null : CascadeRunFolder.ForNew(folder.Path, saving, note.ToString());
        var work = new CascadeWork(host, settings.Json, settings.Quiet);
        var reporter = work.Reporter(folder, state, note);
        work.View.Run(() =>
        {
            if (warning is not null)
                reporter.Warn(warning);
            CompareCheckpoints(cascade, info, reporter);
            work.Run(cascade, [request], reporter, state);
            Compare(path, info, reporter, work.View);
        });
        work.Report(options, request.Seed, reporter);
    }

    // Only the stages that made the picture run; those of an enlargement decide its size together.
    private CascadeOptions Options(PictureInfo info, RequestRecord record, string path)
    {
        var last = info.Stages.Count > 0 ? info.Stages[^1] : throw new FloydException($"{path} names no stage; its text is damaged.");
        var given = settings.Models(host).Options;
        var stages = record.Stages.Select(s => s.Stage).ToList();
        string? Folder(int stage, string? folder) => !stages.Contains(stage) ? null : folder ?? throw new FloydException(
            $"{path} was made with a checkpoint of stage {stage}{(info.Stages.FirstOrDefault(s => s.Stage == stage) is { } s ? $", {s.Checkpoint}" : "")}; give it with --stage{stage} DIR.");
        var made = given with
        {
            Stage1 = Folder(1, given.Stage1),
            Stage2 = Folder(2, given.Stage2),
            Stage3 = Folder(3, given.Stage3),
        };
        var load = new LoadOptions { DType = TensorDTypes.Parse(last.DType), Variant = settings.Variant ?? last.Variant, Device = DeviceText.Parse(settings.Device ?? last.Device) };
        load = info.Forms?.ApplyFormsTo(load) ?? load;
        return record.Finish.ApplyTo(made) with
        {
            Load = load,
            TextEncoderLoad = info.TextEncoder is { } text
                ? text.ApplyTo(new() { Device = DeviceText.Parse(settings.Device ?? text.Device.Split(':')[0]) }) with { Variant = settings.TextEncoderVariant ?? text.Variant }
                : settings.TextEncoderVariant is { } variant ? load with { Variant = variant } : null,
        };
    }

    private void CompareCheckpoints(IFCascade cascade, PictureInfo info, CascadeReporter reporter)
    {
        var now = cascade.HashCheckpoints(host.Cancellation);
        var differ = info.Checkpoints.Where(c => now.GetValueOrDefault(c.Key) != c.Value).Select(c => Printable.Of(c.Key, 40)).ToList();
        if (differ.Count == 0)
            return;
        var which = $"{string.Join(", ", differ)} {(differ.Count == 1 ? "is" : "are")} not what made the picture: other contents than then";
        if (!settings.Force)
            throw new FloydException($"{which}; give the same checkpoints, or --force to go on with these.");
        reporter.Warn(which);
    }

    private static void Compare(string path, PictureInfo info, CascadeReporter reporter, ProgressView view)
    {
        var made = reporter.Files.FirstOrDefault(f => f.Stage == info.Stage && f.Index == info.Index)?.Path;
        if (made is not null && File.ReadAllBytes(made).AsSpan().SequenceEqual(File.ReadAllBytes(path)))
            view.Note($"the same bytes as {path}");
        else
            reporter.Warn($"{made} is not the same bytes as {path}{Difference(info, made is null ? null : PictureInfo.Read(made))}");
    }

    private static string Difference(PictureInfo info, PictureInfo? made)
    {
        if (info.Software != PictureInfo.ThisSoftware)
            return $": {Printable.Of(info.Software, 40)} made that one";
        if (made is not null && info.Libtorch != made.Libtorch)
            return $": libtorch {Printable.Of(info.Libtorch, 40)} made that one, this is {made.Libtorch}";
        if (made is not null && info.Threads != made.Threads)
            return $": {Work(info.Threads)} made that one, this is of {Work(made.Threads)}";
        return "";

        static string Work(int? threads) => threads is { } number ? $"a CPU with {number} threads" : "a GPU";
    }

    private static ImageBuffer? InputOf(PictureIdentity? identity, string? given, string option, string picture, Func<string, ImageBuffer> load)
    {
        if (identity is null)
            return null;
        if (given is not null)
            return load(given);
        var name = Path.GetFileName(identity.Name ?? "");
        string[] places = name.Length == 0 ? [] : [Path.Combine(Path.GetDirectoryName(picture) ?? "", name), name];
        foreach (var place in places.Where(File.Exists))
        {
            if (load(place) is var found && identity.IsOf(found))
                return found;
        }

        throw new FloydException($"{Path.GetFileName(picture)} was made from {(name.Length > 0 ? Printable.Of(name, 100) : "a picture without a name")} ({identity.Width}x{identity.Height}), which is neither beside it nor in the current folder with the same contents; give it with {option} FILE.");
    }
}
