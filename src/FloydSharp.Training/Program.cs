using FloydSharp.Training.World;

if (args is ["world", var path, var count, var size, var seed])
{
    WorldPreviewCommand.Run(path, int.Parse(count), int.Parse(size), int.Parse(seed));
    return 0;
}

Console.Out.WriteLine("floyd-train: trains IF cascades.\n  floyd-train world OUT.png COUNT SIZE SEED   draws a sheet of training scenes");
return 0;
