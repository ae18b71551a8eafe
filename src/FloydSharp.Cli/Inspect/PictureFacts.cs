using FloydSharp.Cascade;

namespace FloydSharp.Cli.Inspect;

/// <summary>A picture.</summary>
/// <param name="Path">The file.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Info">How it was made; null where it does not say, or another program made it.</param>
/// <param name="Texts">Its other texts.</param>
internal sealed record PictureFacts(string Path, int Width, int Height, PictureInfo? Info, IReadOnlyDictionary<string, string> Texts);
