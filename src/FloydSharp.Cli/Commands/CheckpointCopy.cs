using System.Text;
using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary>
/// A copy of a checkpoint under a temporary name beside its own, which it gets when it is complete. Disposing it before that
/// removes it.
/// </summary>
internal sealed class CheckpointCopy : IDisposable
{
    private static readonly string[] _small = [".json", ".model", ".txt", ".md"];
    private static readonly string[] _pickles = [".bin", ".ckpt", ".pt", ".pth", ".pkl"];

    private readonly string _output;
    private bool _complete;

    private CheckpointCopy(string output) =>
        (_output, Path) = (output, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(output)!, $".{System.IO.Path.GetRandomFileName()}.tmp"));

    /// <summary>The temporary folder.</summary>
    public string Path { get; }

    /// <summary>Copies what is not quantized: small files of all folders, and the weights of the other components.</summary>
    /// <param name="folder">The checkpoint, or one component.</param>
    /// <param name="output">The folder that the copy becomes.</param>
    /// <param name="quantized">Components whose weights and config.json are left out; empty where the folder is one component.</param>
    /// <param name="variant">The weight files of other components; null chooses as loading does.</param>
    public static CheckpointCopy Begin(string folder, string output, IReadOnlyList<string> quantized, string? variant)
    {
        var copy = new CheckpointCopy(output);
        try
        {
            var isComponent = quantized.Count == 0;
            Directory.CreateDirectory(copy.Path);
            CopySmall(folder, copy.Path, withConfig: !isComponent);
            foreach (var component in isComponent ? [] : Directory.EnumerateDirectories(folder))
            {
                var name = System.IO.Path.GetFileName(component);
                if (name.StartsWith('.'))
                    continue;
                var target = Directory.CreateDirectory(System.IO.Path.Combine(copy.Path, name)).FullName;
                CopySmall(component, target, withConfig: !quantized.Contains(name));
                if (!quantized.Contains(name))
                    CopyWeights(component, target, new() { Variant = variant });
            }

            return copy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            copy.Dispose();
            throw new FloydException($"The copy in {copy.Path} cannot be written ({e.Message.TrimEnd('.')}); check that the folder is writable and the disk has room.", e);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Writes a text file.</summary>
    public static void WriteText(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text), overwrite: false);

    /// <summary>Gives the folder its name.</summary>
    /// <exception cref="FloydException">It was taken meanwhile.</exception>
    public void Complete()
    {
        try
        {
            Directory.Move(Path, _output);
            _complete = true;
        }
        catch (IOException e)
        {
            throw new FloydException($"The folder {_output} cannot be made ({e.Message.TrimEnd('.')}); choose another name.", e);
        }
    }

    /// <summary>Removes the folder unless it has its name.</summary>
    public void Dispose()
    {
        if (!_complete && Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    private static void CopySmall(string from, string to, bool withConfig)
    {
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var name = System.IO.Path.GetFileName(file);
            if (name.Contains(".index.", StringComparison.Ordinal) || (name == "config.json" && !withConfig))
                continue;
            if (_small.Contains(System.IO.Path.GetExtension(name)) || name.StartsWith("LICENSE", StringComparison.Ordinal))
                File.Copy(file, System.IO.Path.Combine(to, name));
        }
    }

    private static void CopyWeights(string from, string to, LoadOptions options)
    {
        if (WeightSet.Variants(from).Count == 0)
        {
            var pickle = Directory.EnumerateFiles(from).FirstOrDefault(f => _pickles.Contains(System.IO.Path.GetExtension(f)));
            if (pickle is not null)
                throw new FloydException($"{pickle}: pickle files can run code when they are read, and are not copied; get this component as safetensors.");
            return;
        }

        using var weights = WeightSet.Open(from, variant: WeightVariant.Choose(from, options));
        foreach (var file in weights.Files.Select(f => f.Path).Append(weights.Path).Distinct())
            File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)));
    }
}
