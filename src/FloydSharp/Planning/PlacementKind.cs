namespace FloydSharp.Planning;

/// <summary>How a component's weights are kept while it runs.</summary>
public enum PlacementKind
{
    /// <summary>All on its device; on the CPU mapped in place where the stored dtype is the computed one, else converted.</summary>
    Resident,

    /// <summary>
    /// In the file. On the CPU mapped in their stored form and converted layer by layer as they are used; on a GPU as many layers
    /// resident as fit, the others brought one after the other into two slots: from page-locked RAM as far as that has room for them
    /// (<see cref="ComponentPlan.PinnedBytes"/>), else from the file.
    /// </summary>
    Streamed,
}
