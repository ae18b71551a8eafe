using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.IO.Tokenizers;
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
        var (prompts, negatives, styles, file) = (settings.Prompts, settings.NegativePrompts, settings.Styles, settings.OutFile);
        var (encoderFolder, tokenizerFolder) = (settings.TextEncoderFolder(host), settings.TokenizerFolder(host));
        OutputFolder.CheckNewFile("--out", file);
        var load = settings.ToLoadOptions();

        var view = ProgressView.For(host, settings.Quiet);
        List<string> warnings = [];
        view.Run(() =>
        {
            var tokenizer = T5Tokenizer.Load(tokenizerFolder);
            foreach (var text in prompts.Concat(negatives).Concat(styles).Distinct().Where(t => t.Length > 0))
            {
                foreach (var warning in PromptWords.Warnings([new(0, PromptRole.Prompt, PromptFacts.ForT5(text, tokenizer, settings.CleanCaption))]))
                {
                    warnings.Add(warning);
                    view.Warn(warning);
                }
            }

            view.Begin("text", "load text_encoder");
            using var encoder = PromptEncoder.LoadT5(encoderFolder, tokenizerFolder, load, new LoadObserver(view), host.Cancellation);
            view.End();
            view.Begin("text", "encode");
            using var embeddings = encoder.EncodeWithStyle(prompts, styles, negatives, settings.CleanCaption, guided: true, host.Cancellation);
            view.End();
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
