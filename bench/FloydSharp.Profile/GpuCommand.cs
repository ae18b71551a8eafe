using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using FloydSharp.IO;
using FloydSharp.Kernels.Cuda;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>Plain against fused on a GPU in one process, with and without the host's launches, full-size models with random weights.</summary>
internal static class GpuCommand
{
    private const int TextTokens = 77;

    public static Command Create()
    {
        var cases = new Argument<string[]>("cases")
        {
            Description = "Any of the UNets, vae and t5",
            DefaultValueFactory = _ => ["IF-I-M", "IF-I-L", "IF-I-XL", "IF-II-M", "IF-II-L", "x4-upscaler", "vae", "t5"],
        };
        var dtype = new Option<string>("--dtype") { DefaultValueFactory = _ => "float16" };
        var repeat = new Option<int>("--repeat") { Description = "Timed passes after three that are not", DefaultValueFactory = _ => 20 };
        var tune = new Option<bool>("--tune") { Description = "Let cuDNN measure its kernels" };

        var fusedOnly = new Option<bool>("--fused") { Description = "Leave the plain way out, for a profiler" };

        var command = new Command("gpu", "Times plain and fused GPU inference, random weights.") { cases, dtype, repeat, tune, fusedOnly };
        command.SetAction(parse =>
        {
            if (parse.GetValue(tune))
                Tune();
            using var context = zeros(1, device: CUDA);
            var (path, reason) = CudaPaths.Of(0);
            Console.WriteLine($"GPU path {path}: {reason}");
            Console.WriteLine("| case | plain eager ms | plain graph ms | fused eager ms | fused graph ms | relative error |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
            using var noGrad = no_grad();
            foreach (var name in parse.GetRequiredValue(cases))
            {
                using var scope = NewDisposeScope();
                using var run = new GraphRun();
                var (model, pass) = Case(name, TensorDTypes.Parse(parse.GetRequiredValue(dtype)));
                using (model)
                {
                    CudaKernels.Detach(model);
                    var (plain, plainTimes) = parse.GetValue(fusedOnly) ? (null, "- | -") : Measure(run, pass, parse.GetValue(repeat));
                    CudaKernels.Attach(model);
                    var (fused, fusedTimes) = Measure(run, pass, parse.GetValue(repeat));
                    var error = plain is null ? double.NaN : ((fused - plain).norm() / plain.norm()).item<float>();
                    Console.WriteLine($"| {name} | {plainTimes} | {fusedTimes} | {error:e1} |");
                }
            }

            return 0;
        });
        return command;
    }

    private static (Layer Model, Func<Tensor> Pass) Case(string name, ScalarType dtype)
    {
        switch (name)
        {
            case "vae":
                var vae = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler);
                RandomWeights.Fill(vae, dtype, CUDA);
                var latents = randn([1, 4, 256, 256], dtype, CUDA);
                return (vae, () => vae.Decode(latents));
            case "t5":
                var encoder = new T5EncoderModel(T5Config.Xxl);
                RandomWeights.Fill(encoder, dtype, CUDA);
                foreach (var (weightName, weight) in encoder.NamedWeights().Where(w => encoder.DTypeOf(w.Key, dtype) != dtype))
                    weight.Fill(weight.Value.to(encoder.DTypeOf(weightName, dtype)));
                var ids = randint(32000, [2, TextTokens], dtype: ScalarType.Int64, device: CUDA);
                var mask = ones([2, TextTokens], ScalarType.Int64, CUDA);
                return (encoder, () => encoder.forward(ids, mask));
            default:
                var config = RealModels.UNet(name);
                var unet = new UNet2DConditionModel(config);
                RandomWeights.Fill(unet, dtype, CUDA);
                var side = name == "x4-upscaler" ? 256L : config.SampleSize!.Value;
                var sample = randn([2, config.InChannels, side, side], dtype, CUDA);
                var text = randn([2, TextTokens, (long)(config.EncoderHidDim ?? config.CrossAttentionDim[0])], dtype, CUDA);
                var labels = unet.TakesClassLabels ? full([2], 20, ScalarType.Int64, CUDA) : null;
                var time = tensor(417, ScalarType.Int64, CUDA);
                var read = unet.Read(text);
                return (unet, () => unet.forward(sample, time, read, labels));
        }
    }

    private static (Tensor Result, string Times) Measure(GraphRun run, Func<Tensor> pass, int repeat)
    {
        var result = pass().to(ScalarType.Float32);
        var target = zeros_like(result);
        void Once()
        {
            using var scope = NewDisposeScope();
            target.copy_(pass());
        }

        var eager = Time(run, Once, repeat);
        string graph;
        try
        {
            run.Capture(Once);
            graph = $"{Time(run, run.Launch, repeat):f2}";
        }
        catch (Exception e) when (e is FloydException or ExternalException)
        {
            graph = e.Message.Split('\n')[0];
        }

        return (result, $"{eager:f2} | {graph}");
    }

    private static double Time(GraphRun run, Action once, int repeat)
    {
        for (var i = 0; i < 3; i++)
            once();
        run.Synchronize();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeat; i++)
            once();
        run.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeat;
    }

    // TorchSharp does not offer the switch of libtorch's global context.
    private static unsafe void Tune()
    {
        var library = NativeLibrary.Load(NativeLibraries.Loaded!.Libtorch);
        var context = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "_ZN2at13globalContextEv"))();
        ((delegate* unmanaged<nint, byte, void>)NativeLibrary.GetExport(library, "_ZN2at7Context17setBenchmarkCuDNNEb"))(context, 1);
    }
}
