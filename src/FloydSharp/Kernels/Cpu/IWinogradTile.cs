namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// The one-dimensional transforms of a Winograd convolution with filters of three (Lavin and Gray 2016, arXiv:1509.09308).
/// What is called a line are <see cref="Size"/> vectors; steps are in numbers.
/// </summary>
internal unsafe interface IWinogradTile
{
    /// <summary>Results along a side of a tile.</summary>
    static abstract int Side { get; }

    /// <summary>Numbers of the picture along a side: <see cref="Side"/> + 2.</summary>
    static abstract int Size { get; }

    /// <summary>Transforms a line of the picture.</summary>
    /// <param name="pixels">Where each number's channels are, <paramref name="pixelStep"/> pointers apart.</param>
    /// <param name="pixelStep">See there.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="target">The transformed line, vectors <paramref name="targetStep"/> numbers apart.</param>
    /// <param name="targetStep">See there.</param>
    static abstract void InputFromPixels(float** pixels, int pixelStep, int channel, float* target, nint targetStep);

    /// <summary>Transforms a line of vectors that lie one after the other.</summary>
    /// <param name="source">The line.</param>
    /// <param name="target">The transformed line, vectors <paramref name="targetStep"/> numbers apart.</param>
    /// <param name="targetStep">See there.</param>
    static abstract void Input(float* source, float* target, nint targetStep);

    /// <summary>Transforms three numbers of a filter.</summary>
    /// <param name="source">Three vectors, <paramref name="sourceStep"/> numbers apart.</param>
    /// <param name="sourceStep">See there.</param>
    /// <param name="target">The transformed line, vectors <paramref name="targetStep"/> numbers apart.</param>
    /// <param name="targetStep">See there.</param>
    static abstract void Filter(float* source, nint sourceStep, float* target, nint targetStep);

    /// <summary>Transforms a line of products to <see cref="Side"/> results.</summary>
    /// <param name="source">The line, vectors <paramref name="sourceStep"/> numbers apart.</param>
    /// <param name="sourceStep">See there.</param>
    /// <param name="target">The results, vectors <paramref name="targetStep"/> numbers apart.</param>
    /// <param name="targetStep">See there.</param>
    static abstract void Output(float* source, nint sourceStep, float* target, nint targetStep);
}
