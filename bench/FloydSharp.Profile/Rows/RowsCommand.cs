using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FloydSharp.Profile.Rows;

/// <summary>Runs all three stages under several budgets, and compares predicted and measured peaks.</summary>
internal static class RowsCommand
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var models = new Option<string>("--models") { Description = "A folder with cascade.json, such as the command checkpoints writes", Required = true };
        var floyd = new Option<string[]>("--floyd") { Description = "The program floyd, perhaps dotnet and floyd.dll", Required = true, AllowMultipleArgumentsPerToken = true };
        var folder = new Option<string>("--out") { Description = "Where rows.md, rows.json and the pictures go", Required = true };
        var steps = new Option<string>("--steps") { DefaultValueFactory = _ => "3,3,3" };
        var device = new Option<string>("--device") { DefaultValueFactory = _ => "cuda" };
        device.AcceptOnlyFromAmong("cuda", "cpu");
        var names = new Option<string[]>("--rows") { Description = "Which: " + string.Join(", ", Row.All.Select(r => r.Name)), AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Row.All.Select(r => r.Name)] };
        names.AcceptOnlyFromAmong([.. Row.All.Select(r => r.Name)]);
        var limit = new Option<int>("--limit") { Description = "Seconds after which a run is ended", DefaultValueFactory = _ => 150 };
        var command = new Command("rows", "Runs floyd generate under several budgets, on a card that has no more free; predicted and measured peaks.") { models, floyd, folder, steps, device, names, limit };
        command.SetAction(parse => Run(
            parse.GetRequiredValue(folder), parse.GetRequiredValue(steps), parse.GetRequiredValue(names), parse.GetRequiredValue(device) == "cuda",
            (output, card) => new(parse.GetRequiredValue(floyd), parse.GetRequiredValue(models), output, parse.GetRequiredValue(steps), card, TimeSpan.FromSeconds(parse.GetValue(limit)))));
        return command;
    }

    private static int Run(string folder, string steps, string[] names, bool onCard, Func<string, Card?, RowRunner> runner)
    {
        using var card = onCard ? Card.Open() : null;
        Directory.CreateDirectory(folder);
        var pictures = Directory.CreateTempSubdirectory("floyd-rows-").FullName;
        try
        {
            List<RowResult> rows = [];
            var run = runner(pictures, card);
            foreach (var row in Row.All.Where(r => names.Contains(r.Name)))
            {
                rows.Add(run.Run(row));
                // After each row: a run that is ended before the last one leaves the others.
                File.WriteAllText(Path.Combine(folder, "rows.md"), RowsTable.Write(rows, steps));
                File.WriteAllText(Path.Combine(folder, "rows.json"), new JsonArray([.. rows.Select(r => r.ToJson())]).ToJsonString(_indented));
                Console.WriteLine($"row {row.Name}: {row.Describe()}: exit {rows[^1].ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none, ended"} after {rows[^1].Seconds:f1} s");
            }

            Console.WriteLine(File.ReadAllText(Path.Combine(folder, "rows.md")));
            return rows.All(r => r.ExitCode == 0) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(pictures, recursive: true);
        }
    }
}
