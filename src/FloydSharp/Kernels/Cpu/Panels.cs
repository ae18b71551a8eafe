namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// How the columns of a matrix lie in panels of one to three vectors, each panel with all its rows one after the other, so a
/// product reads it from front to back. The last panel is filled up with zeros to whole vectors.
/// </summary>
internal readonly struct Panels
{
    /// <summary>Vectors in a panel, unless fewer are left.</summary>
    public const int MostVectors = 3;

    private readonly int _width;
    private readonly int _vectors;

    public Panels(int columns, int width)
    {
        Columns = columns;
        _width = width;
        _vectors = (columns + width - 1) / width;
        Count = (_vectors + MostVectors - 1) / MostVectors;
    }

    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>Columns with the zeros.</summary>
    public int PaddedColumns => _vectors * _width;

    /// <summary>The number of panels.</summary>
    public int Count { get; }

    /// <summary>Vectors of a panel. Two and two rather than three and one at the end: a single one keeps the multipliers waiting.</summary>
    public int Vectors(int panel) => panel < Count - 2 ? MostVectors
        : _vectors == 1 ? 1
        : (_vectors % MostVectors, panel == Count - 1) switch
        {
            (1, _) => 2,
            (2, true) => 2,
            _ => MostVectors,
        };

    /// <summary>The first column of a panel.</summary>
    public int Start(int panel)
    {
        var shortened = _vectors % MostVectors == 1 && panel == Count - 1 && Count > 1 ? 1 : 0;
        return ((MostVectors * panel) - shortened) * _width;
    }

    /// <summary>Columns of a panel that are the matrix's own.</summary>
    public int ColumnsOf(int panel) => Math.Min(Vectors(panel) * _width, Columns - Start(panel));
}
