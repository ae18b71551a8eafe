using System.CommandLine;
using FloydSharp.IO;

namespace FloydSharp.Eval.Commands;

/// <summary>Runs a verb, and says in one line what went wrong.</summary>
internal static class Verb
{
    /// <summary>Sets what a verb does.</summary>
    /// <returns>The verb.</returns>
    public static Command Does(this Command command, Func<ParseResult, int> action)
    {
        command.SetAction(parse =>
        {
            try
            {
                return action(parse);
            }
            catch (FloydException e)
            {
                parse.InvocationConfiguration.Error.WriteLine($"floyd-eval: {e.Message}");
                return 1;
            }
        });
        return command;
    }
}
