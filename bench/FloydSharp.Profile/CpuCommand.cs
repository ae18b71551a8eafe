using System.CommandLine;
using System.Diagnostics;
using FloydSharp.Cascade;
using FloydSharp.Kernels.Cpu;
using FloydSharp.Memory;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Native;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>
/// Plain against fast on a CPU, alternating in one process: plain is float32 by libtorch's operators with the C library's own
/// ways of allocating, fast is what the library does unless told otherwise.
/// </summary>
internal static class CpuCommand
{
    private const int TextTokens = 77;

    public static Command Create()
    {
        var cases = new Argument<string[]>("cases")
        {
            Description = "Any of IF-I-M, IF-II-M and other UNets, vae, t5 (a block), t5-prompt, t5-pair (whole, bfloat16), box",
            DefaultValueFactory = _ => ["IF-I-M", "IF-II-M", "vae", "t5", "box"],
        };
        var rounds = new Option<int>("--rounds") { Description = "Timed rounds after one that is not", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 2 };
        var latents = new Option<int>("--latents") { Description = "Side of the VAE's latents; pictures are four times as large", DefaultValueFactory = _ => 128 };
        var models = new Option<string>("--models") { Description = "Folder of the model in the box", DefaultValueFactory = _ => "models" };
        var path = new Option<CpuPath>("--path") { Description = "The fast way", DefaultValueFactory = _ => CpuPaths.Default };

        var parts = new Option<bool>("--parts") { Description = "Instead of comparing, where the time of the fast way goes" };

        var command = new Command("cpu", "Times plain and fast CPU inference in turns, float32, random weights.") { cases, rounds, threads, latents, models, path, parts };
        command.SetAction(parse =>
        {
            set_num_threads(parse.GetValue(threads));
            var cpu = CpuReport.Collect();
            Console.WriteLine($"{cpu.Model}, {string.Join(", ", cpu.Features)}; {parse.GetValue(threads)} threads; libtorch {__version__}, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}; {parse.GetValue(path)}");
            Console.WriteLine();
            if (!parse.GetValue(parts))
            {
                Console.WriteLine("| case | plain ms | fast ms | ratio of medians | ratio of minima | relative error | peak MiB plain / fast | after MiB plain / fast |");
                Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
            }

            using var noGrad = no_grad();
            foreach (var name in parse.GetRequiredValue(cases))
            {
                using var scope = NewDisposeScope();
                var run = name switch
                {
                    "vae" => Vae(parse.GetValue(latents)),
                    "t5" => T5(),
                    "t5-prompt" => T5Whole(1),
                    "t5-pair" => T5Whole(2),
                    "box" => Box(parse.GetRequiredValue(models)),
                    _ => UNet(name),
                };
                using (run)
                {
                    if (parse.GetValue(parts))
                        run.PrintParts(parse.GetValue(rounds), parse.GetValue(path));
                    else
                        run.Compare(parse.GetValue(rounds), parse.GetValue(path));
                }
            }

            return 0;
        });
        return command;
    }

    private static Comparison UNet(string name)
    {
        var config = RealModels.UNet(name);
        var model = new UNet2DConditionModel(config);
        RandomWeights.Fill(model, ScalarType.Float32, CPU);
        var sample = randn(1, config.InChannels, config.SampleSize!.Value, config.SampleSize.Value);
        var both = sample.repeat(2, 1, 1, 1);
        var text = randn(2, TextTokens, (long)(config.EncoderHidDim ?? config.CrossAttentionDim[0]));
        var labels = model.TakesClassLabels ? full([2], 20, ScalarType.Int64) : null;
        var time = tensor(417, ScalarType.Int64);

        // What depends on the text alone is computed once per picture, what on the time for many steps at once, and what is the same
        // with and without the text once; plain does all at every step, as the reference.
        UNetText? read = null;
        Tensor? told = null;
        return new($"{name} step, 2 x {config.SampleSize} x {config.SampleSize}", model, fast =>
        {
            if (!fast)
                return model.forward(both, time, text, labels);
            read ??= model.Read(text);
            told ??= model.ReadTimes(time.unsqueeze(0), read, labels)[0];
            return model.forwardTold(sample, told, read);
        });
    }

    private static Comparison Vae(int side)
    {
        var model = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler);
        RandomWeights.Fill(model, ScalarType.Float32, CPU);
        var latents = randn(1, 4, side, side);
        return new($"x4 VAE decode to {4 * side} x {4 * side}", model, _ => model.Decode(latents));
    }

    private static Comparison T5()
    {
        var model = new T5Block(T5Config.Xxl, hasRelativeAttentionBias: true);
        RandomWeights.Fill(model, ScalarType.Float32, CPU);
        var hidden = randn(1, TextTokens, 4096);
        var bias = model.PositionBias(TextTokens, CPU);
        return new($"T5-XXL, one block of 24, {TextTokens} tokens", model, _ => model.forward(hidden, bias));
    }

    // Of 24 blocks each 8 share their weights with 16 others, which no cache holds: all in float32 beside those in bfloat16 would
    // take 28 GB. The reference computes in float32, which is what its weights in float16 become on a CPU.
    private static Comparison T5Whole(int texts)
    {
        const int Rounds = 3;
        var config = T5Config.Xxl with { NumLayers = T5Config.Xxl.NumLayers / Rounds };
        var (plain, fast) = (new T5EncoderModel(config), new T5EncoderModel(config));
        RandomWeights.Fill(plain, ScalarType.Float32, CPU);
        foreach (var ((_, weight), (_, source)) in fast.NamedWeights().Zip(plain.NamedWeights()))
        {
            weight.Fill(source.Value.to(ScalarType.BFloat16));
            weight.IsRearrangeable = true;
        }

        TextKernels.Attach(fast);
        var ids = randint(100, 30000, [texts, TextTokens], ScalarType.Int64);
        var mask = ones([texts, TextTokens], ScalarType.Int64);
        return new($"T5-XXL in bfloat16, {Rounds} x {config.NumLayers} blocks, {texts} x {TextTokens} tokens", null, isFast =>
        {
            var model = isFast ? fast : plain;
            for (var i = 1; i < Rounds; i++)
                model.forward(ids, mask).Dispose();
            using var embeddings = model.forward(ids, mask);
            return embeddings.to(ScalarType.Float32, copy: true);
        });
    }

    private static Comparison Box(string folder)
    {
        var models = CascadeModels.Open(folder);
        return new("the model in the box, text to 1024 x 1024", null, fast =>
        {
            var options = models.ToOptions() with { Load = new() { Plain = !fast } };
            using var cascade = IFCascade.Open(options);
            using var result = cascade.Generate(models.ToRequest() with { Prompts = ["a red ball on a green table"], Seed = 1 });
            return zeros(1);
        }, follows: false);
    }

    /// <summary>One case.</summary>
    private sealed class Comparison(string name, Layer? model, Func<bool, Tensor> run, bool follows = true) : IDisposable
    {
        public void Dispose() => model?.Dispose();

        public void Compare(int rounds, CpuPath path)
        {
            List<Sample> plain = [], fast = [];
            var error = double.NaN;
            for (var i = 0; i <= rounds; i++)
            {
                var (a, reference) = Once(false, path);
                var (b, result) = Once(true, path);
                error = reference.numel() > 1 ? ((result - reference).norm() / reference.norm()).item<float>() : double.NaN;
                reference.Dispose();
                result.Dispose();
                if (i > 0)
                {
                    plain.Add(a);
                    fast.Add(b);
                }
            }

            Console.WriteLine(
                $"| {name} | {Median(plain):f1} | {Median(fast):f1} | {Median(plain) / Median(fast):f2} | {plain.Min(s => s.Milliseconds) / fast.Min(s => s.Milliseconds):f2} "
                + $"| {error:e1} | {plain.Max(s => s.Peak) >> 20} / {fast.Max(s => s.Peak) >> 20} | {plain[^1].After >> 20} / {fast[^1].After >> 20} |");
        }

        public void PrintParts(int rounds, CpuPath path)
        {
            if (model is null)
                return;
            Console.WriteLine(name);
            HostAllocator.KeepFreed();
            CpuKernels.Attach(model, new() { Path = path });
            run(true).Dispose();
            var timed = new TimedKernels();
            timed.Wrap(model);
            for (var i = 0; i < rounds; i++)
                timed.Pass(() => run(true));
            timed.Print(top: 40);
        }

        private (Sample, Tensor) Once(bool fast, CpuPath path)
        {
            if (model is not null)
                CpuKernels.Attach(model, new() { Path = fast ? path : CpuPath.Plain });
            if (fast)
                HostAllocator.KeepFreed();
            else
                HostAllocator.MapLarge();

            // A step follows others: one that is not timed fills the caches and what the allocator keeps.
            if (follows)
                run(fast).Dispose();
            PeakMemory.Reset();
            var start = Stopwatch.GetTimestamp();
            var result = run(fast);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            var (peak, _) = PeakMemory.Read();
            HostMemory.Trim();
            return (new(elapsed, peak, ProcessMemory.Read().Resident), result);
        }

        private static double Median(List<Sample> samples) => samples.Select(s => s.Milliseconds).Order().ElementAt(samples.Count / 2);

        private sealed record Sample(double Milliseconds, long Peak, long After);
    }
}
