using FloydSharp.Memory;
using FloydSharp.Weights;

namespace FloydSharp.Pipelines;

/// <summary>A part of a pipeline that is loaded when it is first needed and can be freed and loaded again.</summary>
/// <typeparam name="T">The part; owned by this component.</typeparam>
public sealed class Component<T> : IDisposable
    where T : class, IDisposable
{
    private readonly Func<IProgress<LoadProgress>?, CancellationToken, T> _load;
    private T? _value;

    /// <summary>Declares a component without loading it.</summary>
    /// <param name="name">Its name in the checkpoint, such as <c>unet</c>.</param>
    /// <param name="load">Loads it.</param>
    public Component(string name, Func<IProgress<LoadProgress>?, CancellationToken, T> load)
    {
        Name = name;
        _load = load;
    }

    /// <summary>Its name in the checkpoint.</summary>
    public string Name { get; }

    /// <summary>Whether it is in memory.</summary>
    public bool IsLoaded => _value is not null;

    /// <summary>Loads the component unless it is in memory.</summary>
    /// <returns>The component; owned by this object, valid until it is freed.</returns>
    public T Load(IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default) =>
        _value ??= _load(progress, cancellation);

    /// <summary>Disposes the component, if it is in memory, and gives its memory back to the system.</summary>
    public void Free()
    {
        if (_value is null)
            return;
        _value.Dispose();
        _value = null;
        HostMemory.Trim();
        DeviceMemory.Trim();
    }

    /// <summary>Frees the component.</summary>
    public void Dispose() => Free();
}
