using System.CommandLine;
using FloydSharp.IO;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Commands;

/// <summary>--device cpu, cuda or auto.</summary>
internal static class DeviceOption
{
    public static Option<string> Create() => new("--device") { Description = "cpu, cuda or auto.", DefaultValueFactory = _ => "cpu" };

    /// <summary>The device of a name; on a GPU float32 products are TF32.</summary>
    /// <exception cref="FloydException">The name is not known, or there is no GPU.</exception>
    public static Device Parse(string name)
    {
        if (name is not ("cpu" or "cuda" or "auto"))
            throw new FloydException($"There is no device '{name}'; expected cpu, cuda or auto.");
        if (name is "cpu" || (name is "auto" && !cuda.is_available()))
            return CPU;
        if (!cuda.is_available())
            throw new FloydException("No GPU can be used: bring a libtorch for CUDA with FLOYD_LIBTORCH, or use --device cpu.");
        backends.cuda.matmul.allow_tf32 = true;
        backends.cudnn.allow_tf32 = true;
        return CUDA;
    }
}
