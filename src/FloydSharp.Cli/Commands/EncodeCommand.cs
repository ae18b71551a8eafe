using System.CommandLine;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.Pipelines;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd encode</c>: prompts become a file of embeddings.</summary>
internal sealed class EncodeCommand(EncodeSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new EncodeSettings();
        return settings.ToCommand(
            "encode", "Turn prompts into embeddings, for floyd generate --embeddings.", () => new EncodeCommand(settings, host).Run());
    }

    private void Run()
    {
        var start = host.Clock.GetTimestamp();
        var (prompts, negatives, file) = (settings.Prompts, settings.NegativePrompts, settings.OutFile);
        var (encoderFolder, tokenizerFolder) = (settings.TextEncoderFolder(host), settings.TokenizerFolder(host));
        OutputFolder.CheckNewFile("--out", file);
        var load = settings.ToLoadOptions();

        var view = ProgressView.For(host, settings.Quiet);
        List<string> warnings = [];
        view.Run(() =>
        {
            view.Begin("text", "load text_encoder");
            using var encoder = PromptEncoder.LoadT5(encoderFolder, tokenizerFolder, load, new LoadObserver(view), host.Cancellation);
            view.End();
            view.Begin("text", "encode");
            using var embeddings = encoder.Encode(prompts, negatives, settings.CleanCaption, guided: true, host.Cancellation);
            view.End();
            foreach (var cut in embeddings.Cuts)
            {
                warnings.Add(PromptCut.Describe(cut, "the text encoder"));
                view.Warn(warnings[^1]);
            }

            embeddings.Save(file);
            if (!settings.Json)
                view.Result(file);
        });

        if (settings.Json)
            Json.Write(host.Out, new EncodeReport(file, prompts, negatives, warnings, Math.Round(host.Clock.GetElapsedTime(start).TotalSeconds, 3)));
    }

    private sealed class LoadObserver(ProgressView view) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => view.Report(value.LoadedBytes, value.TotalBytes, inBytes: true);
    }
}
