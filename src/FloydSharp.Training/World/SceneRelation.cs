namespace FloydSharp.Training.World;

/// <summary>A fact about where groups stand.</summary>
/// <param name="Kind">The fact.</param>
/// <param name="Subject">Index into <see cref="Scene.Groups"/>, or <see cref="Sign"/>.</param>
/// <param name="Object">Index into <see cref="Scene.Groups"/>, or <see cref="Sign"/>.</param>
/// <param name="Third">The other side of <see cref="SpatialRelation.Between"/>, when the object is one thing.</param>
public sealed record SceneRelation(SpatialRelation Kind, int Subject, int Object, int? Third = null)
{
    /// <summary>Stands for the scene's sign where an index of a group is expected.</summary>
    public const int Sign = -1;
}
