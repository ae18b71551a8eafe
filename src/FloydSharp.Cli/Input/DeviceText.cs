using FloydSharp.IO;
using FloydSharp.Native;
using TorchSharp;

namespace FloydSharp.Cli.Input;

/// <summary>Devices as people name them: cpu, cuda, cuda:1, auto.</summary>
internal static class DeviceText
{
    /// <summary>The device of a name; <c>auto</c> is the first GPU where there is one.</summary>
    /// <exception cref="FloydException">The name is not known, or there is no such GPU.</exception>
    public static torch.Device Parse(string text)
    {
        NativeLibraries.EnsureLoaded();
        var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        var name = text.ToLowerInvariant();
        if (name == "auto")
            return gpus > 0 ? new("cuda", 0) : new("cpu");
        if (name == "cpu")
            return new("cpu");
        var index = name == "cuda" ? 0
            : name.StartsWith("cuda:", StringComparison.Ordinal) ? Numbers.Whole("--device", name["cuda:".Length..], 0, 1023)
            : throw new FloydException($"--device {text}: expected cpu, cuda, cuda:1 or auto.");
        if (gpus == 0)
            throw new FloydException($"--device {text}: libtorch sees no CUDA GPU here; see what floyd doctor says, or use --device cpu.");
        if (index >= gpus)
            throw new FloydException($"--device {text}: there {(gpus == 1 ? "is 1 GPU" : $"are {gpus} GPUs")}, the first is cuda:0.");
        return new("cuda", index);
    }
}
