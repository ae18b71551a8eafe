using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;

namespace FloydSharp.Cascade;

/// <summary>A finished picture that knows how it was made.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Info">Prompt, seed and settings.</param>
public sealed record CascadePicture(Picture Picture, PictureInfo Info)
{
    /// <summary>Writes a PNG that carries <see cref="Info"/> in its text chunks.</summary>
    /// <param name="path">The file; appears complete or not at all.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    public void Save(string path, bool overwrite = false) => ImageFile.SavePng(path, Picture.Image, Info.ToText(), overwrite);
}
