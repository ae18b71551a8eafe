using System.CommandLine;
using System.Diagnostics;
using FloydSharp.Kernels.Cpu;
using FloydSharp.Memory;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Planning;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>What models hold beside their weights in a forward pass, predicted and measured.</summary>
internal static class ActivationsCommand
{
    private const double MiB = 1 << 20;

    public static Command Create()
    {
        var models = new Argument<string[]>("models") { Description = "MODEL@SIDE or MODEL@SIDExBATCH, such as IF-I-M@64x2; for x4-VAE the side of the latents, negative in tiles of 512 pixels" };
        var layers = new Option<int>("--t5-layers") { Description = "Layers of T5-XXL that are run", DefaultValueFactory = _ => 2 };
        var repeat = new Option<int>("--repeat") { Description = "Forward passes; 0 predicts only", DefaultValueFactory = _ => 2 };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
        var dtype = new Option<string>("--dtype") { DefaultValueFactory = _ => "float32" };
        var kernels = new Option<string>("--kernels") { Description = "On a CPU: bounded as in a run with a budget, free as in one without, or plain", DefaultValueFactory = _ => "bounded" };
        kernels.AcceptOnlyFromAmong("bounded", "free", "plain");
        var command = new Command("activations", "Predicts and measures what models hold beside their weights (random weights; on a GPU by the pool's high mark).") { models, layers, repeat, device, dtype, kernels };
        command.SetAction(parse =>
        {
            Console.WriteLine($"{"model",-18} {"predicted",10} {"measured",10} {"ratio",7} {"seconds",8}  (MiB)");
            foreach (var name in parse.GetRequiredValue(models))
                Run(name, parse.GetValue(layers), parse.GetValue(repeat), TorchSharp.torch.device(parse.GetRequiredValue(device)), TensorDTypes.Parse(parse.GetRequiredValue(dtype)), parse.GetRequiredValue(kernels));
            return 0;
        });
        return command;
    }

    private static void Run(string text, int t5Layers, int repeat, Device device, ScalarType dtype, string kernels)
    {
        var name = text.Split('@')[0];
        int[] sizes = [.. text.Split('@')[1].Split('x').Select(int.Parse)];
        var (side, batch) = (Math.Abs(sizes[0]), sizes.ElementAtOrDefault(1) is var b and > 0 ? b : 2);
        using var noGrad = no_grad();
        var (model, work, forward) = Case(name, side, batch, tiled: sizes[0] < 0, t5Layers, device, dtype);
        var cuda = device.type == TorchSharp.DeviceType.CUDA;
        using (model)
        {
            var predicted = work.ActivationBytes(dtype, cuda);
            if (repeat == 0)
            {
                Console.WriteLine($"{text,-18} {predicted / MiB,10:f0}");
                return;
            }

            RandomWeights.Fill(model, dtype, device);
            if (!cuda && kernels != "plain")
                CpuKernels.Attach(model, kernels == "free" ? new() : new() { TransformedBytes = 0 });
            if (kernels == "bounded")
                HostMemory.ReturnFreedBlocks();
            GC.Collect();
            HostMemory.Trim();
            DeviceMemory.Trim();
            DeviceMemory.ResetPeak();
            var before = cuda ? DeviceMemory.Used()!.Value : ProcessMemory.Read().Anonymous;
            var start = Stopwatch.GetTimestamp();
            using var sampler = new PeakSampler(TimeSpan.FromMilliseconds(1));
            for (var i = 0; i < repeat; i++)
            {
                using var scope = NewDisposeScope();
                forward();
            }

            var measured = (cuda ? DeviceMemory.Peak()!.Value : sampler.Peak) - before;
            Console.WriteLine($"{text,-18} {predicted / MiB,10:f0} {measured / MiB,10:f0} {(double)predicted / measured,7:f3} {Stopwatch.GetElapsedTime(start).TotalSeconds / repeat,8:f1}");
        }
    }

    private static (Layer Model, ModelWork Work, Action Forward) Case(string name, int side, int batch, bool tiled, int t5Layers, Device device, ScalarType dtype)
    {
        if (name == "x4-VAE")
        {
            var vae = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler);
            long? tile = tiled ? 512 : null;
            return (vae, new ModelWork.VaeDecode(vae.Config, side, side, tile), () => vae.Decode(randn(1, 4, side, side, dtype: dtype, device: device), new() { Tiling = tiled, TileSampleSize = tile }));
        }

        if (name == "T5-XXL")
        {
            var t5 = new T5EncoderModel(T5Config.Xxl with { NumLayers = t5Layers, VocabSize = 1000 });
            return (t5, new ModelWork.T5(t5.Config), () => t5.forward(zeros(1, 77, ScalarType.Int64, device), ones(1, 77, ScalarType.Int64, device)));
        }

        var config = RealModels.UNet(name);
        var unet = new UNet2DConditionModel(config);
        return (unet, new ModelWork.UNet(config, batch, side, side), () => unet.forward(
            randn(batch, config.InChannels, side, side, dtype: dtype, device: device),
            tensor(417, ScalarType.Int64, device),
            randn(batch, 77, config.TextWidth, dtype: dtype, device: device),
            unet.TakesClassLabels ? full([batch], 20, ScalarType.Int64, device) : null));
    }
}
