namespace FloydSharp.Training.Data;

/// <summary>Gives captioned pictures by number. Called from several threads at once.</summary>
internal interface ICaptionedSource
{
    /// <summary>A picture; the same index and side give the same one.</summary>
    /// <param name="index">From 0 on, without end.</param>
    /// <param name="side">Width and height wanted, in pixels.</param>
    CaptionedPicture Read(long index, int side);
}
