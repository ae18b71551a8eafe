using System.CommandLine;
using FloydSharp.Training.World;

namespace FloydSharp.Training.Commands;

/// <summary>Shows what the training data looks like.</summary>
internal static class WorldCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "The PNG; must not exist.", Required = true };
        var count = new Option<int>("--count") { Description = "Scenes, 1 to 400.", DefaultValueFactory = _ => 16 };
        var size = new Option<int>("--size") { Description = "Side of each in pixels, 16 to 1024.", DefaultValueFactory = _ => 256 };
        var seed = new Option<int>("--seed") { Description = "Another seed, other scenes.", DefaultValueFactory = _ => 1 };
        var command = new Command("world", """
            Draws a sheet of scenes with their captions.
              floyd-train world --out world.png --count 16 --size 256
            """) { output, count, size, seed };
        return command.Does((parse, _) => WorldPreviewCommand.Run(
            parse.GetValue(output)!, parse.GetValue(count), parse.GetValue(size), parse.GetValue(seed)));
    }
}
