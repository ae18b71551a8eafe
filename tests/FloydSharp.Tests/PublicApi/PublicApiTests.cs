using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.PublicApi;

/// <summary>What programs can call, kept as text, so that a change of it is seen in review.</summary>
public sealed class PublicApiTests
{
    private static readonly Expectation _expectation = new("FloydSharp.Tests", "PublicApi");

    public static TheoryData<Type> Assemblies => [typeof(FloydException), typeof(IFCascade)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Assembly_TypesAndMembers_AreAsListed(Type any) =>
        _expectation.Matches(any.Assembly.GetName().Name!, PublicApiWriter.Write(any.Assembly));

    [Fact]
    public void Write_SomeType_ListsWhatItHas()
    {
        var text = PublicApiWriter.Write(typeof(Assert).Assembly);

        Assert.Contains("class Xunit.Assert", text, StringComparison.Ordinal);
        Assert.Contains("    static void Fail(string message = null)", text, StringComparison.Ordinal);
    }
}
