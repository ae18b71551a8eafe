using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Schedulers;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Gpu;

/// <summary>
/// Stages I to III as the walkthrough runs them (100, 50 and 75 steps; one picture with guidance), with random weights that are all
/// in memory and texts that are given: seconds of a second run.
/// </summary>
internal static class GpuCascade
{
    private const string Cosine = """{ "_class_name": "DDPMScheduler", "beta_schedule": "squaredcos_cap_v2", "prediction_type": "epsilon", "variance_type": "learned_range", "thresholding": true, "dynamic_thresholding_ratio": 0.95, "sample_max_value": 1.5 }""";
    private const string Linear = """{ "_class_name": "DDIMScheduler", "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "scaled_linear", "prediction_type": "v_prediction", "set_alpha_to_one": false, "steps_offset": 1, "clip_sample": false }""";

    private static readonly int[] _steps = [100, 50, 75];

    public static void Run(Device device, PythonReference? reference, GpuReportFile report)
    {
        report.Line("");
        report.Line($"Whole cascade, {string.Join(" + ", _steps)} steps of IF-I-XL, IF-II-L and x4, seconds of the second run:");
        report.Line("");
        report.Line("| | stage I | stage II | stage III | decode | sum |");
        report.Line("| --- | --- | --- | --- | --- | --- |");
        foreach (var fast in new[] { false, true })
            Row(report, fast ? "fast" : "plain", Ours(device, fast));
        Memory.DeviceMemory.Trim();
        if (reference is null)
            return;

        JsonObject Model(string json) => JsonNode.Parse(json)!.AsObject();
        var answer = reference.Ask(new()
        {
            ["name"] = "cascade",
            ["kind"] = "cascade",
            ["steps"] = new JsonArray([.. _steps.Select(s => JsonValue.Create(s))]),
            ["unets"] = new JsonArray(Model(RealConfigs.StageIExtraLarge.ToJson()), Model(RealConfigs.StageIILarge.ToJson()), Model(RealConfigs.X4Upscaler.ToJson())),
            ["vae"] = Model(AutoencoderKLConfig.X4Upscaler.ToJson()),
            ["cosine"] = Model(Cosine),
            ["linear"] = Model(Linear),
        });
        if (answer["error"] is { } error)
            Console.Error.WriteLine($"reference, cascade: {error}");
        else
            Row(report, "reference", [.. answer["seconds"]!.AsArray().Select(s => s!.GetValue<double>())]);
    }

    private static void Row(GpuReportFile report, string name, IReadOnlyList<double> seconds) => report.Line(
        $"| {name} | {string.Join(" | ", seconds.Append(seconds.Sum()).Select(s => s.ToString("f2", CultureInfo.InvariantCulture)))} |");

    private static double[] Ours(Device device, bool fast)
    {
        using var scope = NewDisposeScope();
        using var first = UNet(RealConfigs.StageIExtraLarge, device, fast);
        using var second = UNet(RealConfigs.StageIILarge, device, fast);
        using var third = UNet(RealConfigs.X4Upscaler, device, fast);
        using var vae = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler);
        // In float32, as both pipelines decode.
        RandomWeights.Fill(vae, ScalarType.Float32, device);
        GpuWays.Choose(vae, fast);
        using var noise = NoiseSource.FromSeed(1);
        Tensor Draw(params long[] shape) => noise.Draw(shape, ScalarType.Float32, device);
        var text = Draw(2, 77, 4096).to(ScalarType.Float16);
        var clip = Draw(2, 77, 1024).to(ScalarType.Float16);
        double[] seconds = [];
        for (var run = 0; run < 2; run++)
        {
            using var inner = NewDisposeScope();
            seconds =
            [
                Time(() => Denoise(first, Cosine, _steps[0], text, 7, Draw(1, 3, 64, 64), null, null, noise)),
                Time(() => Denoise(second, Cosine, _steps[1], text, 4, Draw(1, 3, 256, 256), Draw(1, 3, 256, 256), 250, noise)),
                Time(() => Denoise(third, Linear, _steps[2], clip, 9, Draw(1, 4, 256, 256), Draw(1, 3, 256, 256), 20, noise)),
                Time(() => vae.Decode(Draw(1, 4, 256, 256))),
            ];
        }

        return seconds;
    }

    private static UNet2DConditionModel UNet(UNet2DConditionConfig config, Device device, bool fast)
    {
        var model = new UNet2DConditionModel(config);
        RandomWeights.FillAsLoaded(model, device);
        GpuWays.Choose(model, fast);
        return model;
    }

    private static Tensor Denoise(
        UNet2DConditionModel unet, string schedule, int steps, Tensor text, double guidance, Tensor start, Tensor? condition, int? level, NoiseSource noise)
    {
        using var scheduler = SchedulerFactory.Create(SchedulerConfig.Parse(schedule));
        scheduler.SetTimesteps(steps);
        using var labels = level is { } number ? full([2], number, ScalarType.Int64, text.device) : null;
        var loop = new DenoisingLoop
        {
            UNet = unet,
            Scheduler = scheduler,
            Text = text,
            ClassLabels = labels,
            Condition = condition,
            GuidanceScale = guidance,
            Noise = noise,
        };
        var last = "";
        var result = loop.Run(start, new StepObserver(step => last = step.Pass), default);
        if (last != "graph" && !unet.IsPlain)
            Console.Error.WriteLine($"{unet.Config.SampleSize}: {last}");
        return result;
    }

    private static double Time(Func<Tensor> run)
    {
        cuda.synchronize();
        var start = Stopwatch.GetTimestamp();
        run().Dispose();
        cuda.synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
