using System.CommandLine;
using FloydSharp.Eval.Edits;
using FloydSharp.Eval.Generation;
using FloydSharp.Eval.Reading;
using FloydSharp.Eval.Reports;

namespace FloydSharp.Eval.Commands;

/// <summary>Measures the pictures of a run.</summary>
internal static class MeasureCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder that run or edit has filled." };
        var weights = new Option<string?>("--weights") { Description = "The analyser's weights; those the program brings when left out." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a report." };
        var command = new Command("measure", "Measures the pictures of a run or of edits; writes the report and a sheet beside them.") { folder, weights, overwrite };
        return command.Does(parse =>
        {
            Tesseract.Require();
            var (path, writer) = (parse.GetRequiredValue(folder), parse.InvocationConfiguration.Output);
            var edits = EditReport.IsIn(path);
            if (edits)
                EditReport.Run(path, parse.GetValue(weights), parse.GetValue(overwrite), writer);
            if (!edits || File.Exists(Path.Combine(path, RunRecord.FileName)))
                Measurement.Run(path, parse.GetValue(weights), parse.GetValue(overwrite), writer);
            return 0;
        });
    }
}
