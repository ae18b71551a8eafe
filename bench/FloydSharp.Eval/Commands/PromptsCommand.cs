using System.CommandLine;
using FloydSharp.Eval.Prompts;

namespace FloydSharp.Eval.Commands;

/// <summary>Prints the list of prompts anew.</summary>
internal static class PromptsCommand
{
    public static Command Create() => new Command("prompts", "Prints the list of prompts as it is made from the reserved seeds (the program measures with the list it was built with).").Does(parse =>
    {
        foreach (var prompt in PromptMaker.Make())
            parse.InvocationConfiguration.Output.Write(prompt.ToJson() + "\n");
        return 0;
    });
}
