using System.Globalization;
using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>
/// The paths of all things, read from Things.txt. Each drawing thread reads its own: Skia fills caches inside a path when it is drawn.
/// </summary>
internal sealed class ThingShapes : IDisposable
{
    private readonly Dictionary<ThingKind, ThingPart[]> _parts = [];

    public ThingShapes()
    {
        using var stream = typeof(ThingShapes).Assembly.GetManifestResourceStream("World.Things.txt")
            ?? throw new InvalidOperationException("The program was built without World.Things.txt.");
        using var reader = new StreamReader(stream);
        var kind = default(ThingKind);
        var parts = new List<ThingPart>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.Contains(' '))
            {
                parts.Add(Part(line));
                continue;
            }

            Add(kind, parts);
            kind = Enum.Parse<ThingKind>(line);
        }

        Add(kind, parts);
    }

    /// <summary>The parts in drawing order.</summary>
    public ThingPart[] Of(ThingKind kind) => _parts[kind];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _parts.Values.SelectMany(parts => parts))
            part.Path.Dispose();
    }

    private void Add(ThingKind kind, List<ThingPart> parts)
    {
        if (parts.Count == 0)
            return;
        if (ThingTraits.Of(kind).Habitat is Habitat.Ground or Habitat.Water)
        {
            // Whatever stands must touch the ground at the bottom of its box.
            var bottom = parts.Max(part => part.Path.TightBounds.Bottom + (part.Stroke / 2));
            foreach (var part in parts)
                part.Path.Transform(SKMatrix.CreateTranslation(0, 99 - bottom));
        }

        _parts.Add(kind, [.. parts]);
        parts.Clear();
    }

    private static ThingPart Part(string line)
    {
        var space = line.IndexOf(' ');
        var head = line[..space];
        var stroke = head.IndexOf(':') is var colon and > 0 ? Number(head[(colon + 1)..]) : 0;
        var path = new SKPath();
        foreach (var shape in line[(space + 1)..].Split(';', StringSplitOptions.TrimEntries))
            Shape(path, shape);
        return new ThingPart(path, head[0], head.Contains('!'), stroke);
    }

    private static void Shape(SKPath path, string text)
    {
        var words = text.Split(' ');
        if (text[0] == 'M')
        {
            using var parsed = SKPath.ParseSvgPathData(text);
            path.AddPath(parsed);
            return;
        }

        var n = words[1..].Select(Number).ToArray();
        switch (text[0])
        {
            case 'C':
                path.AddCircle(n[0], n[1], n[2]);
                break;
            case 'E':
                path.AddOval(new SKRect(n[0] - n[2], n[1] - n[3], n[0] + n[2], n[1] + n[3]));
                break;
            case 'R':
                var corner = n.Length > 4 ? n[4] : 0;
                path.AddRoundRect(new SKRect(n[0], n[1], n[0] + n[2], n[1] + n[3]), corner, corner);
                break;
            case 'S':
                for (var i = 0; i < 2 * (int)n[0]; i++)
                {
                    var radius = i % 2 == 0 ? n[3] : n[4];
                    var (sin, cos) = MathF.SinCos(MathF.PI * i / n[0]);
                    var point = new SKPoint(n[1] + (radius * sin), n[2] - (radius * cos));
                    if (i == 0)
                        path.MoveTo(point);
                    else
                        path.LineTo(point);
                }

                path.Close();
                break;
            default:
                throw new FormatException($"'{text}' is not a shape.");
        }
    }

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
}
