using FloydSharp.IO.Safetensors;

namespace FloydSharp.Testing;

/// <summary>The fp16 variant of a component in two shards, as large checkpoints have it, made from its plain weights.</summary>
public static class HalfShards
{
    /// <summary>Copies a component's plain weights and config, and writes the variant beside them.</summary>
    /// <param name="component">A folder with config.json and diffusion_pytorch_model.safetensors.</param>
    /// <param name="folder">Where the copy goes; must exist.</param>
    public static void Write(string component, string folder)
    {
        foreach (var name in new[] { "config.json", "diffusion_pytorch_model.safetensors" })
            File.Copy(System.IO.Path.Combine(component, name), System.IO.Path.Combine(folder, name));
        using var plain = WeightSet.Open(component);
        ShardedSafetensorsWriter.Write(
            folder,
            "diffusion_pytorch_model",
            plain.Entries.Select(e => new SafetensorsTensorSource(e.Entry.Name, SafetensorsDType.F16, e.Entry.Shape, stream => Write(e, stream))),
            (plain.TotalBytes / 4) + (plain.TotalBytes / 16),
            "fp16");
    }

    private static void Write(WeightLocation location, Stream stream)
    {
        var bytes = new byte[location.Entry.Length];
        location.File.Read(location.Entry, bytes);
        for (var i = 0; i < bytes.Length; i += 4)
            stream.Write(BitConverter.GetBytes((Half)BitConverter.ToSingle(bytes, i)));
    }
}
