using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Reading;

/// <summary>Letters side by side.</summary>
/// <param name="Picture">Grey, dark letters on white, a margin around them, capitals about 40 pixels high.</param>
/// <param name="Letters">How many patches there are.</param>
/// <param name="Top">Where the line begins, 0 to 1 of the region.</param>
internal sealed record LetterLine(ImageBuffer Picture, int Letters, float Top);
