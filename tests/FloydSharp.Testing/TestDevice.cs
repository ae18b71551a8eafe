using FloydSharp.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace FloydSharp.Testing;

/// <summary>
/// Where golden tests run: the CPU, or what FLOYD_TEST_DEVICE names (<c>cuda</c>). Float32 means float32 there too: the
/// shortened products that GPUs offer in its place are switched off.
/// </summary>
public static class TestDevice
{
    static TestDevice()
    {
        Device = device(Environment.GetEnvironmentVariable("FLOYD_TEST_DEVICE") is { Length: > 0 } name ? name : "cpu");
        if (Device.type == DeviceType.CUDA)
        {
            backends.cudnn.allow_tf32 = false;
            backends.cuda.matmul.allow_tf32 = false;
        }
    }

    public static Device Device { get; }

    /// <summary>By libtorch's operators alone: the tolerances below are theirs; the kernels have tests of their own.</summary>
    public static LoadOptions Load => new() { Device = Device, DType = ScalarType.Float32, Plain = true };

    /// <summary>The tolerance of one forward pass: 1e-5 on the CPU the numbers were made on, 1e-3 on another device.</summary>
    public static double Forward => Device.type == DeviceType.CPU ? 1e-5 : 1e-3;
}
