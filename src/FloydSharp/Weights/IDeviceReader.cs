using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Reads weights to where they stay on a device, which copies while the next ones are read. Disposing it waits until all values are there.</summary>
internal interface IDeviceReader : IDisposable
{
    /// <summary>Begins to bring a weight to the device.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="target">As many values on the device, in any order in memory, any dtype. Must live until this object is disposed. Not disposed.</param>
    /// <returns>Whether it is under way; not where it is to be turned and one of its rows is larger than a buffer.</returns>
    bool TryRead(SafetensorsFile file, SafetensorsEntry entry, Tensor target);
}
