using FloydSharp.IO.Imaging;

namespace FloydSharp.Eval.Edits;

/// <summary>Changes pictures as cases ask.</summary>
internal interface IPictureEditor : IDisposable
{
    /// <summary>Makes the changes. All cases are of one sort: inpainting or variation.</summary>
    /// <returns>One picture per case, of <see cref="EditCase.Side"/> or smaller.</returns>
    IReadOnlyList<ImageBuffer> Edit(IReadOnlyList<EditCase> cases);
}
