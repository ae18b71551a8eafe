using FloydSharp.Kernels.Cpu;
using Xunit;

namespace FloydSharp.Tests.Kernels.Cpu;

public class PanelsTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Panels_AnyColumns_CoverEachColumnOnce(int width)
    {
        for (var columns = 1; columns < 300; columns++)
        {
            var panels = new Panels(columns, width);
            var next = 0;
            for (var p = 0; p < panels.Count; p++)
            {
                Assert.Equal(next, panels.Start(p));
                Assert.InRange(panels.Vectors(p), 1, Panels.MostVectors);
                Assert.Equal(Math.Min(panels.Vectors(p) * width, columns - next), panels.ColumnsOf(p));
                next += panels.Vectors(p) * width;
            }

            Assert.Equal(panels.PaddedColumns, next);
            Assert.InRange(next - columns, 0, width - 1);
        }
    }
}
