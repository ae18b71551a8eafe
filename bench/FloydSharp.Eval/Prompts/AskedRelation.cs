using FloydSharp.Training.World;

namespace FloydSharp.Eval.Prompts;

/// <summary>How things stand to each other. Indices into the asked things; -1 is the sign.</summary>
internal sealed record AskedRelation(SpatialRelation Kind, int Subject, int Object, int? Third = null);
