using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Analysis;

/// <summary>Collects what the analyser took for what.</summary>
internal sealed class Confusions
{
    private readonly Dictionary<string, Dictionary<string, int>> _tables = [];
    private readonly Dictionary<string, int> _asked = [];

    /// <summary>Adds one scene.</summary>
    public void Add(Scene scene, SeenScene seen)
    {
        if (AskedFacts.ShowsStyle(scene))
            Note("style", scene.Style, seen.Style);
        Note("backdrop", scene.Backdrop, seen.Backdrop);
        var things = scene.Groups.SelectMany(g => g.Places.Select(p => (g.Kind, g.Color, p.X, p.Y, p.Size))).ToArray();
        foreach (var thing in things)
        {
            var near = seen.Things.Where(t => Math.Abs(t.X - thing.X) < 0.12 && Math.Abs(t.Y - thing.Y) < 0.12).ToArray();
            var match = near.Where(t => t.Kind == thing.Kind).Take(1).ToArray();
            var other = near.Where(t => !things.Any(o => o.Kind == t.Kind)).Select(t => t.Kind.ToString()).FirstOrDefault("nothing");
            Note("kind", thing.Kind, match.Length > 0 ? thing.Kind.ToString() : other);
            Note("found, by style", scene.Style, match.Length > 0 ? scene.Style.ToString() : "missed");
            var size = thing.Size < 0.22 ? "below 0.22" : thing.Size < 0.35 ? "0.22 to 0.35" : thing.Size < 0.6 ? "0.35 to 0.6" : "above 0.6";
            Note("found, by size", size, match.Length > 0 ? size : "missed");
            if (match.Length > 0 && scene.Style is not SceneStyle.Blueprint)
            {
                Note("colour", thing.Color, match[0].Color);
                Note("colour, by style", scene.Style, match[0].Color == thing.Color ? scene.Style.ToString() : "wrong");
            }
        }

        foreach (var extra in seen.Things.Where(t => !things.Any(o => o.Kind == t.Kind)))
            Note("seen where there is none", "any", extra.Kind);
    }

    /// <summary>Prints the commonest confusions.</summary>
    public void Print(TextWriter output)
    {
        foreach (var (name, table) in _tables)
        {
            output.WriteLine($"{name}: {table.Values.Sum()} of {_asked[name]} wrong");
            foreach (var (what, times) in table.OrderByDescending(t => t.Value).Take(12))
                output.WriteLine($"  {times,4} {what}");
        }
    }

    private void Note(string name, object asked, object seen)
    {
        _asked[name] = _asked.GetValueOrDefault(name) + 1;
        var table = _tables.TryGetValue(name, out var known) ? known : _tables[name] = [];
        if (asked.ToString() != seen.ToString())
            table[$"{asked} as {seen}"] = table.GetValueOrDefault($"{asked} as {seen}") + 1;
    }
}
