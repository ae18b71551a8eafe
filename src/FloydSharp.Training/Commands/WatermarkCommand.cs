using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.IO.Json;
using FloydSharp.IO.Safetensors;
using FloydSharp.Training.Tokenizers;
using FloydSharp.Training.World;

namespace FloydSharp.Training.Commands;

/// <summary>Gives a checkpoint the watermark of our own models, in the layout of the published ones.</summary>
internal static class WatermarkCommand
{
    private const string Component = "watermarker";
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "A stage I or II checkpoint; its watermarker is replaced and named in model_index.json.", Required = true };
        var command = new Command("watermark", """
            Draws the watermark of our own models into a checkpoint.
              floyd-train watermark --out models/stage1
            """) { output };
        return command.Does((parse, _) => Run(parse.GetValue(output)!));
    }

    /// <summary>Writes the component and names it.</summary>
    /// <param name="checkpoint">The folder with model_index.json.</param>
    /// <exception cref="FloydException">There is none.</exception>
    public static void Run(string checkpoint)
    {
        var index = ConfigFile.Load(checkpoint, "model_index.json");
        var folder = Directory.CreateDirectory(Path.Combine(checkpoint, Component)).FullName;
        var values = Array.ConvertAll(WatermarkPainter.Draw().Pixels.ToArray(), value => (float)value);
        var pixels = new SafetensorsTensorSource(
            "watermark_image", SafetensorsDType.F32, [WatermarkPainter.Side, WatermarkPainter.Side, 4], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        SafetensorsWriter.Write(Path.Combine(folder, "diffusion_pytorch_model.safetensors"), [pixels], new Dictionary<string, string> { ["format"] = "pt" }, overwrite: true);
        TextFiles.Write(Path.Combine(folder, "config.json"), "{\n  \"_class_name\": \"IFWatermarker\",\n  \"_diffusers_version\": \"0.40.0\"\n}\n");

        index.Values[Component] = new JsonArray("deepfloyd_if", "IFWatermarker");
        TextFiles.Write(Path.Combine(checkpoint, "model_index.json"), index.Values.ToJsonString(_indented) + "\n");
    }
}
