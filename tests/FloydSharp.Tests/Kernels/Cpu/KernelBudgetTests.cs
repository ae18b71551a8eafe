using FloydSharp.Kernels.Cpu;
using Xunit;

namespace FloydSharp.Tests.Kernels.Cpu;

public class KernelBudgetTests
{
    [Fact]
    public void TryTake_WhatMattersLess_LeavesHalf()
    {
        var budget = new KernelBudget(100);

        Assert.True(budget.TryTake(40, matters: false));
        Assert.False(budget.TryTake(20, matters: false));
        Assert.True(budget.TryTake(60, matters: true));
        Assert.False(budget.TryTake(1, matters: true));
        Assert.Equal(100, budget.Taken);

        budget.Give(60);
        Assert.Equal(40, budget.Taken);
    }
}
