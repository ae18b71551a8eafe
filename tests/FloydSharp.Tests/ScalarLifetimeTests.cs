using System.Diagnostics;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests;

/// <summary>Arithmetic while another thread does nothing but collect garbage. Alone: the tests' own plain operators would fail beside it.</summary>
[CollectionDefinition(nameof(ScalarLifetimeTests), DisableParallelization = true)]
[Collection(nameof(ScalarLifetimeTests))]
public sealed class ScalarLifetimeTests
{
    [Fact]
    public void Arithmetic_WhileGarbageIsCollected_KeepsItsNumbers()
    {
        using var scope = NewDisposeScope();
        // Of two dtypes: libtorch widens one of them first and reads the number after that, a long while later.
        var (narrow, wide) = (ones(100_000), ones(100_000, ScalarType.Float64));
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(1);)
            {
                using var round = NewDisposeScope();
                Assert.Equal(2, narrow.Plus(wide).mean().item<double>());
                Assert.Equal(1, narrow.Times(3).Minus(1).DividedBy(2).mean().item<float>());
                Assert.Equal(0.5, wide.SubtractedFrom(3).Square().Clamp(0, 0.5).mean().item<double>());
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
