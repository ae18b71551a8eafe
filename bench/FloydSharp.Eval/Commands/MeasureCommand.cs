using System.CommandLine;
using FloydSharp.Eval.Reading;
using FloydSharp.Eval.Reports;

namespace FloydSharp.Eval.Commands;

/// <summary>Measures the pictures of a run.</summary>
internal static class MeasureCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder that run has filled." };
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a report." };
        var command = new Command("measure", "Measures the pictures of a run; writes report.md, results.json and sheet.png beside them.") { folder, weights, overwrite };
        return command.Does(parse =>
        {
            Tesseract.Require();
            Measurement.Run(parse.GetRequiredValue(folder), parse.GetValue(weights), parse.GetValue(overwrite), parse.InvocationConfiguration.Output);
            return 0;
        });
    }
}
