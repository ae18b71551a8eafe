using FloydSharp.Training.Data;
using FloydSharp.Training.Tests.Stages;
using Xunit;

namespace FloydSharp.Training.Tests.Data;

public sealed class BatchQueueTests
{
    [Fact]
    public void Take_SeveralWorkers_GivesTheSameBatchesInOrder()
    {
        var maker = new BatchMaker(new SquaresSource(7), new() { Batch = 3, Side = 16, Crop = 8, Seed = 4 });
        using var queue = new BatchQueue(maker, first: 5, workers: 3, ahead: 4);
        for (var i = 5; i < 15; i++)
            Assert.Equal(maker.Make(i, TestContext.Current.CancellationToken).Pixels, queue.Take().Pixels);
    }

    [Fact]
    public void Take_SourceFails_Throws()
    {
        using var queue = new BatchQueue(new BatchMaker(new Broken(), new() { Batch = 1, Side = 8 }), 0, 1, 1);
        var error = Assert.Throws<InvalidOperationException>(() => queue.Take());
        Assert.Equal("no picture", error.InnerException!.Message);
    }

    private sealed class Broken : ICaptionedSource
    {
        public CaptionedPicture Read(long index, int side) => throw new InvalidDataException("no picture");
    }
}
