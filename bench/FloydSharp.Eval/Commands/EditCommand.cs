using System.CommandLine;
using FloydSharp.Eval.Edits;
using FloydSharp.Eval.Generation;
using FloydSharp.Eval.Reading;
using FloydSharp.IO;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Eval.Commands;

/// <summary>Edits rendered pictures, and measures them where tesseract is installed.</summary>
internal static class EditCommand
{
    public static Command Create()
    {
        var models = new Option<string?>("--models") { Description = "Folder with cascade.json, or with stage1 and stage2; when left out the renderer draws the results: the instruments' own errors." };
        var output = new Option<string>("--out") { Description = "Folder of the pictures and the report.", Required = true };
        var count = new Option<int>("--count") { Description = "So many of the 60 edits, spread over the list.", DefaultValueFactory = _ => int.MaxValue };
        var stages = new Option<int>("--stages") { Description = "Last stage, 1 or 2.", DefaultValueFactory = _ => 2 };
        var strength = new Option<double?>("--strength") { Description = "Strength of variations at stage I; the pipeline's when left out." };
        var steps = new Option<int[]>("--steps") { Description = "Steps of the stages; the folder's when left out.", AllowMultipleArgumentsPerToken = true };
        var guidance = new Option<double[]>("--guidance") { Description = "Guidance of the stages; the folder's when left out.", AllowMultipleArgumentsPerToken = true };
        var device = DeviceOption.Create();
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace earlier edits." };
        var command = new Command("edit", "Puts other text on signs by inpainting and changes styles by variation, and measures the results.")
            { models, output, count, stages, strength, steps, guidance, device, weights, overwrite };
        return command.Does(parse =>
        {
            var folder = parse.GetRequiredValue(output);
            if (!parse.GetValue(overwrite) && EditReport.IsIn(folder))
                throw new FloydException($"The folder '{folder}' holds edits; choose another folder or give --overwrite.");
            var place = DeviceOption.Parse(parse.GetRequiredValue(device));
            var changes = new SamplingChanges { Steps = parse.GetValue(steps) ?? [], Guidance = parse.GetValue(guidance) ?? [] };
            using IPictureEditor editor = parse.GetValue(models) is { } path
                ? Open(path, parse.GetValue(stages), new() { Device = place, DType = ScalarType.Float32 }, changes, parse.GetValue(strength))
                : new RenderingEditor();
            var writer = parse.InvocationConfiguration.Output;
            Directory.CreateDirectory(folder);
            var all = EditCases.All;
            var wanted = Math.Clamp(parse.GetValue(count), 1, all.Count);
            var chosen = Enumerable.Range(0, wanted).Select(i => all[(int)((long)i * all.Count / wanted)]);
            foreach (var sort in chosen.GroupBy(c => c.IsInpainting))
            {
                foreach (var chunk in sort.Chunk(place.type is TorchSharp.DeviceType.CPU ? 6 : 30))
                {
                    foreach (var (edit, picture) in chunk.Zip(editor.Edit(chunk)))
                        PictureStore.Save(folder, EditReport.NameOf(edit), picture);
                    writer.WriteLine($"{chunk.Length} {(sort.Key ? "inpaintings" : "variations")} more");
                }
            }

            if (Tesseract.IsInstalled)
                EditReport.Run(folder, parse.GetValue(weights), overwrite: true, writer);
            else
                writer.WriteLine($"The pictures are in {folder}. Without tesseract they cannot be measured here; where it is: floyd-eval measure {folder}");
            return 0;
        });
    }

    private static CascadeEditor Open(string folder, int stages, LoadOptions load, SamplingChanges changes, double? strength)
    {
        using var models = ModelFolder.Open(folder, Math.Clamp(stages, 1, 2), load);
        return new(models.Options, changes.ApplyTo(models.Request), load, strength);
    }
}
