using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Weights;

namespace FloydSharp.Tests.Models;

/// <summary>Models filled from the reference's small checkpoints.</summary>
internal static class GoldenModel
{
    public static string FolderOf(GoldenCase golden) => golden.Folder.Checkpoint(golden.Json.GetProperty("checkpoint").GetString()!);

    /// <summary>Fills a model and checks that no key is left over.</summary>
    public static T Fill<T>(T model, string folder, LoadOptions? options = null)
        where T : Layer
    {
        using var weights = WeightSet.Open(folder);
        var report = CheckpointLoader.Load(model, weights, options ?? TestDevice.Load);
        Xunit.Assert.Empty(report.Unexpected);
        return model;
    }

    /// <summary>Writes a changed copy of a checkpoint's weights, fills the model from it and removes it again.</summary>
    public static T FillFromCopy<T>(T model, string folder, Func<string, TorchSharp.torch.Tensor, (string Key, TorchSharp.torch.Tensor Tensor)> change)
        where T : Layer
    {
        using var copy = new TemporaryFolder();
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var tensors = GoldenTensors.Load(Directory.EnumerateFiles(folder, "*.safetensors").Single(f => Path.GetFileName(f) is "model.safetensors" or "diffusion_pytorch_model.safetensors"));
        var changed = tensors.Names.Select(name => change(name, tensors[name])).Select(t => KeyValuePair.Create(t.Key, t.Tensor)).ToList();
        TensorFile.Write(copy.File("model.safetensors"), changed);
        return Fill(model, copy.Path, TestDevice.Load with { MapWeights = false });
    }
}
