using FloydSharp.Cli.Output;

namespace FloydSharp.Cli.Progress;

/// <summary>How the progress of a run looks. Phases follow each other; one is under way at most.</summary>
internal abstract class ProgressView(CliHost host)
{
    /// <summary>Where the view is seen.</summary>
    protected CliHost Host => host;

    /// <summary>The phase under way.</summary>
    protected PhaseMeter? Phase { get; private set; }

    /// <summary>The view that suits the host.</summary>
    /// <param name="host">Where it is seen.</param>
    /// <param name="quiet">Whether only warnings are wanted.</param>
    public static ProgressView For(CliHost host, bool quiet) =>
        quiet ? new QuietView(host) : host.ErrorIsTerminal ? new BarView(host) : new PlainView(host);

    /// <summary>Does the work while the view is shown, and answers Ctrl+C.</summary>
    public void Run(Action work)
    {
        using var stopping = Host.Cancellation.Register(() => WriteLine("floyd: stopping after this step; press Ctrl+C again to stop at once"));
        Show(work);
    }

    /// <summary>A phase begins.</summary>
    public void Begin(string where, string what)
    {
        Phase = new(where, what, Host.Clock);
        OnBegin(Phase);
    }

    /// <summary>The phase goes on.</summary>
    public void Report(double done, double total, bool inBytes = false)
    {
        if (Phase is null)
            return;
        Phase.Report(done, total, inBytes);
        OnReport(Phase);
    }

    /// <summary>The phase has ended.</summary>
    public void End()
    {
        if (Phase is null)
            return;
        OnEnd(Phase);
        Phase = null;
    }

    /// <summary>Says something worth knowing.</summary>
    public virtual void Note(string line) => WriteLine(line);

    /// <summary>Says something that needs attention.</summary>
    public void Warn(string line) => WriteLine($"warning: {line}");

    /// <summary>Prints a result at once.</summary>
    public virtual void Result(string line)
    {
        Host.Out.WriteLine(line);
        Host.Out.Flush();
    }

    protected virtual void WriteLine(string line)
    {
        Host.Error.WriteLine(Printable.Of(line, 2000));
        Host.Error.Flush();
    }

    protected virtual void Show(Action work) => work();

    protected virtual void OnBegin(PhaseMeter phase)
    {
    }

    protected virtual void OnReport(PhaseMeter phase)
    {
    }

    protected virtual void OnEnd(PhaseMeter phase)
    {
    }
}
