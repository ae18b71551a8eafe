namespace FloydSharp.IO.Json;

/// <summary>Checks of a configuration's values that share one form of message: source, key, what was got, what was expected.</summary>
/// <param name="source">What messages call the configuration.</param>
internal readonly struct ConfigCheck(string source)
{
    /// <summary>Fails unless a number, where there is one, lies in a range.</summary>
    public void Range(string key, double? value, double low, double high)
    {
        if (value is { } number)
            Require(number >= low && number <= high, key, number, $"{low} to {high}");
    }

    /// <summary>Fails unless a number is finite and above 0.</summary>
    public void Positive(string key, double value) => Require(double.IsFinite(value) && value > 0, key, value, "a number above 0");

    /// <summary>Fails unless a number added to a variance is positive and small.</summary>
    public void Epsilon(string key, double value) => Require(value is > 0 and < 1, key, value, "a small positive number such as 1e-6");

    /// <summary>Fails unless a text is one of those that are supported.</summary>
    public void OneOf(string key, string? value, params string?[] supported) =>
        Require(supported.Contains(value), key, value, string.Join(" or ", supported.Select(s => Show(s))));

    /// <summary>Fails unless a number divides another.</summary>
    public void Divides(string key, long value, string ofKey, long of) =>
        Require(of % value == 0, key, value, $"a divisor of {of}, which {ofKey} gives");

    /// <summary>Fails unless a condition holds.</summary>
    /// <param name="good">The condition.</param>
    /// <param name="key">The key.</param>
    /// <param name="got">Its value.</param>
    /// <param name="expected">What its values can be.</param>
    public void Require(bool good, string key, object? got, string expected)
    {
        if (!good)
            throw Failure(key, got, expected);
    }

    /// <summary>The error of a value.</summary>
    public FloydException Failure(string key, object? got, string expected) => new($"{source}: {key} is {Show(got)}; expected {expected}.");

    private static string Show(object? value) => value switch
    {
        null => "null",
        true => "true",
        false => "false",
        string text => $"\"{PrintableText.Of(text)}\"",
        _ => value.ToString() ?? "",
    };
}
