using System.Diagnostics;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Profile;

/// <summary>
/// Stands before the kernels of a model's layers and takes the time of each call. Of passes that are all alike the shortest time
/// of each call counts, so another program that takes a processor for a while does not.
/// </summary>
internal sealed class TimedKernels
{
    private readonly List<Call> _calls = [];
    private int _next;
    private double _pass = double.PositiveInfinity;

    /// <summary>Puts itself before the kernels that are attached.</summary>
    public void Wrap(Layer model)
    {
        foreach (var layer in model.SelfAndBelow())
        {
            switch (layer)
            {
                case Conv2d { Kernel: { } kernel } conv:
                    conv.Kernel = new Convolution(this, kernel);
                    break;
                case GroupNorm { Kernel: { } kernel } norm:
                    norm.Kernel = new Norm(this, kernel);
                    break;
                case Linear { Kernel: { } kernel } map:
                    map.Kernel = new Product(this, kernel);
                    break;
                case IAttends { AttentionKernel: { } kernel } attends:
                    attends.AttentionKernel = new Attention(this, kernel);
                    break;
            }
        }
    }

    /// <summary>Runs one pass.</summary>
    public void Pass(Func<Tensor> run)
    {
        _next = 0;
        var start = Stopwatch.GetTimestamp();
        using var result = run();
        _pass = Math.Min(_pass, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>Prints where the time goes.</summary>
    public void Print(int top)
    {
        var kernels = _calls.Sum(c => c.Milliseconds);
        Console.WriteLine();
        Console.WriteLine($"shortest pass {_pass:f1} ms; shortest times of kernels {kernels:f1} ms");
        Console.WriteLine();
        Print("part", _calls.GroupBy(c => c.Part), int.MaxValue);
        Print("call", _calls.GroupBy(c => c.Name), top);
    }

    private static void Print(string title, IEnumerable<IGrouping<string, Call>> groups, int top)
    {
        Console.WriteLine($"| {title} | calls | ms | GFLOP/s |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var group in groups.OrderByDescending(g => g.Sum(c => c.Milliseconds)).Take(top))
        {
            var time = group.Sum(c => c.Milliseconds);
            Console.WriteLine($"| {group.Key} | {group.Count()} | {time:f1} | {group.Sum(c => c.Operations) / time / 1e6:f0} |");
        }

        Console.WriteLine();
    }

    private T Time<T>(string part, string name, double operations, Func<T> run)
    {
        var start = Stopwatch.GetTimestamp();
        var result = run();
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (_next == _calls.Count)
            _calls.Add(new() { Part = part, Name = $"{part} {name}", Operations = operations });
        var call = _calls[_next++];
        call.Milliseconds = Math.Min(call.Milliseconds, elapsed);
        return result;
    }

    private sealed class Call
    {
        public required string Part { get; init; }

        public required string Name { get; init; }

        public required double Operations { get; init; }

        public double Milliseconds { get; set; } = double.PositiveInfinity;
    }

    private sealed class Convolution(TimedKernels owner, IConv2dKernel inner) : IConv2dKernel
    {
        public Tensor? TryRun(Tensor x, Conv2dTerms terms)
        {
            var filter = terms.Weight.Shape;
            var side = x.shape[2] * (terms.Doubled ? 2 : 1) / terms.Stride;
            var width = x.shape[3] * (terms.Doubled ? 2 : 1) / terms.Stride;
            return owner.Time(
                $"convolution {filter[2]} x {filter[2]}, {side}", $"{filter[1]} to {filter[0]}",
                2.0 * x.shape[0] * side * width * filter[0] * filter[1] * filter[2] * filter[2], () => inner.TryRun(x, terms));
        }
    }

    private sealed class Norm(TimedKernels owner, IGroupNormKernel inner) : IGroupNormKernel
    {
        public bool CanRun(Tensor x, Activation activation) => inner.CanRun(x, activation);

        public Tensor Run(Tensor x, GroupNormTerms terms) =>
            owner.Time("norm", $"{x.shape[1]}, {x.numel() / x.shape[0] / x.shape[1]}", x.numel(), () => inner.Run(x, terms));
    }

    private sealed class Product(TimedKernels owner, ILinearKernel inner) : ILinearKernel
    {
        public Tensor? TryRun(Tensor x, Weight weight, Weight? bias, Tensor? residual) => owner.Time(
            "product", $"{x.numel() / x.shape[^1]} x {weight.Shape[1]} to {weight.Shape[0]}", 2.0 * x.numel() * weight.Shape[0], () => inner.TryRun(x, weight, bias, residual));

        public Tensor? TryRun(Tensor x, Tensor weight, Tensor? bias) => inner.TryRun(x, weight, bias);
    }

    private sealed class Attention(TimedKernels owner, IAttentionKernel inner) : IAttentionKernel
    {
        public Tensor? TryRun(Tensor q, IReadOnlyList<(Tensor K, Tensor V)> sources, double scale)
        {
            var keys = sources.Sum(s => s.K.shape[2]);
            return owner.Time(
                "attention", $"{q.shape[1]} x {q.shape[2]} to {keys}, {q.shape[3]}", 4.0 * q.numel() * keys, () => inner.TryRun(q, sources, scale));
        }
    }
}
