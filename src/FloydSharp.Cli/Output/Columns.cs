namespace FloydSharp.Cli.Output;

/// <summary>Reports of names and values, aligned, one pair a line.</summary>
/// <param name="output">Where they go.</param>
/// <param name="indent">Spaces before each line.</param>
internal sealed class Columns(TextWriter output, int indent = 0)
{
    private const int NameWidth = 22;

    /// <summary>Writes a pair. What a file says is made harmless for the terminal.</summary>
    public void Row(string name, string value) =>
        output.WriteLine($"{new string(' ', indent)}{Printable.Of(name).PadRight(NameWidth - indent)}  {Printable.Of(value, 2000)}");

    /// <summary>Writes a line of its own.</summary>
    public void Line(string text) => output.WriteLine(new string(' ', indent) + Printable.Of(text, 2000));

    /// <summary>Lines further in.</summary>
    public Columns Inner() => new(output, indent + 2);
}
