using Spectre.Console;
using Spectre.Console.Rendering;

namespace FloydSharp.Cli.Progress;

/// <summary>The words behind a bar.</summary>
internal sealed class StatusColumn : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(task.Tag as string ?? "");
}
