using FloydSharp.Eval.Analysis;
using FloydSharp.Testing;
using TorchSharp;
using Xunit;

namespace FloydSharp.Eval.Tests.Analysis;

public sealed class AnalyserTrainingTests
{
    [Fact]
    public void Run_AFewSteps_WritesWeightsThatTheAnalyserReadsAndGoesOnFrom()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "analyser.safetensors");
        var log = new StringWriter();
        var options = new AnalyserOptions { Minutes = 0.01, Batch = 2 };
        AnalyserTraining.Run(path, options, torch.CPU, log);
        Assert.Contains("steps of 2 pictures", log.ToString());
        Assert.InRange(new FileInfo(path).Length, 1_000_000, 4_000_000);

        AnalyserTraining.Run(path, options with { FirstScene = 1000 }, torch.CPU, log);
        using var analyser = new SceneAnalyser(path);
        Assert.Single(analyser.Look([new IO.Imaging.ImageBuffer(256, 256, 3)]));
    }

    [Fact]
    public void Of_TheSameBatchAgainAndAgain_LossFalls()
    {
        using var scope = torch.NewDisposeScope();
        using var queue = new SceneQueue(new(), 4, 0, 1);
        var labels = queue.Take().On(torch.CPU);
        using var net = new SceneNet();
        using var optimizer = torch.optim.AdamW(net.parameters(), 1e-3);
        var losses = new List<float>();
        for (var i = 0; i < 12; i++)
        {
            var loss = AnalyserLoss.Of(net, labels);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        Assert.True(losses[^1] < 0.6 * losses[0], string.Join(' ', losses));
    }
}
