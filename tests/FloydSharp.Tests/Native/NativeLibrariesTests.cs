using TorchSharp;
using Xunit;

namespace FloydSharp.Tests.Native;

public class NativeLibrariesTests
{
    [Fact]
    public void Torch_UsedBeforeAnythingOfTheLibrary_Works()
    {
        using var ones = torch.ones(3, 4);
        using var sum = ones.sum();

        Assert.Equal(12f, sum.item<float>());
    }
}
