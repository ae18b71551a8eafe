using System.CommandLine;
using FloydSharp.Memory;
using FloydSharp.Streaming;
using static TorchSharp.torch;

namespace FloydSharp.Profile.Rows;

/// <summary>What CUDA and its libraries take beside tensors: the numbers behind <see cref="Planning.PlanConstants.Cuda"/>.</summary>
internal static class CalibrateCommand
{
    private const double MiB = 1 << 20;

    public static Command Create()
    {
        var command = new Command("calibrate", "Prints what CUDA, cuBLAS, cuDNN and page-locked memory take, step by step (MiB, the device's since the start).");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        var before = NvidiaManagement.Used;
        using var noGrad = no_grad();
        Console.WriteLine($"{"after",-34} {"device",8} {"pool",7} {"peak",7} {"reserved",9} {"less res.",10} {"RssAnon",8} {"RssShmem",9} {"VmPin",7}");
        Line("process", before, pool: false);
        var device = CUDA;
        using (zeros(1, device: device))
            Line("first tensor", before);
        Step("matrix product fp16", before, () => Use(randn(154, 4096, dtype: ScalarType.Float16, device: device).matmul(randn(4096, 4096, dtype: ScalarType.Float16, device: device))));
        Step("linear fp16 with bias", before, () => Use(nn.functional.linear(Half(154, 2048), Half(2048, 2048), Half(2048))));
        Step("matrix product fp32", before, () => Use(randn(154, 4096, device: device).matmul(randn(4096, 4096, device: device))));
        Step("convolution fp16 320 64x64", before, () => Use(nn.functional.conv2d(Half(2, 320, 64, 64), Half(320, 320, 3, 3), Half(320), padding: [1, 1])));
        Step("convolution fp16 1408 16x16", before, () => Use(nn.functional.conv2d(Half(2, 1408, 16, 16), Half(1408, 1408, 3, 3), Half(1408), padding: [1, 1])));
        Step("convolution fp16 stride 2", before, () => Use(nn.functional.conv2d(Half(2, 320, 64, 64), Half(320, 320, 3, 3), Half(320), strides: [2, 2], padding: [1, 1])));
        Step("convolution fp16 256 256x256", before, () => Use(nn.functional.conv2d(Half(2, 256, 256, 256), Half(256, 256, 3, 3), Half(256), padding: [1, 1])));
        Step("convolution fp16 128 1024x1024", before, () => Use(nn.functional.conv2d(Half(1, 128, 1024, 1024), Half(128, 128, 3, 3), Half(128), padding: [1, 1])));
        Step("convolution fp32 320 64x64", before, () => Use(nn.functional.conv2d(randn(2, 320, 64, 64, device: device), randn(320, 320, 3, 3, device: device), padding: [1, 1])));
        Step("norm, gelu, softmax, attention", before, () =>
        {
            Use(nn.functional.gelu(nn.functional.group_norm(Half(2, 320, 64, 64), 32, Half(320), Half(320), 1e-5)));
            Use(nn.functional.scaled_dot_product_attention(Half(2, 8, 1024, 64), Half(2, 8, 1101, 64), Half(2, 8, 1101, 64)));
            Use(nn.functional.softmax(Half(2, 8, 512, 512), -1));
        });
        PageLocked(before);
        return 0;

        Tensor Half(params long[] shape) => randn(shape, dtype: ScalarType.Float16, device: device);
    }

    private static void PageLocked(long before)
    {
        using var device = StreamedModel.Open(CUDA);
        const int bytes = 256 << 20;
        var memory = device.NewHostMemory(bytes)!.Value;
        unsafe
        {
            new Span<byte>((void*)memory, bytes).Fill(1);
        }

        Line("256 MiB page-locked", before);
        device.FreeHostMemory(memory);
        Line("page-locked freed", before);
    }

    // How much is there while the operation runs is the peak; what stays after it is what its library keeps.
    private static void Step(string name, long before, Action work)
    {
        DeviceMemory.ResetPeak();
        using (NewDisposeScope())
            work();
        DeviceMemory.Trim();
        Line(name, before);
    }

    private static void Use(Tensor tensor) => tensor.sum().to(ScalarType.Float32).item<float>();

    private static void Line(string name, long before, bool pool = true)
    {
        var device = NvidiaManagement.Used - before;
        var memory = ProcessMemory.Read();
        var status = File.ReadAllLines("/proc/self/status");
        var (used, peak, reserved) = pool ? (DeviceMemory.Used(), DeviceMemory.Peak(), DeviceMemory.Reserved()) : (null, null, null);
        Console.WriteLine($"{name,-34} {device / MiB,8:f0} {used / MiB,7:f1} {peak / MiB,7:f0} {reserved / MiB,9:f0} {(device - (reserved ?? 0)) / MiB,10:f0} {memory.Anonymous / MiB,8:f0} {Of("RssShmem:") / 1024,9} {Of("VmPin:") / 1024,7}");

        long Of(string key) => status.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) is { } line && long.TryParse(line[key.Length..^2].Trim(), out var kilobytes) ? kilobytes : 0;
    }
}
