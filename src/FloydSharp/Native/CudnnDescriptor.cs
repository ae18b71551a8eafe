namespace FloydSharp.Native;

/// <summary>One of cuDNN's descriptors: filled, finished, then read or used. Freed when it is disposed.</summary>
internal sealed unsafe class CudnnDescriptor : IDisposable
{
    private readonly Cudnn _cudnn;
    private readonly CudnnKind _kind;

    /// <summary>Makes an empty one.</summary>
    public CudnnDescriptor(Cudnn cudnn, CudnnKind kind)
    {
        (_cudnn, _kind) = (cudnn, kind);
        Value = cudnn.Create(kind);
    }

    /// <summary>What cuDNN calls it; zero after disposing.</summary>
    public nint Value { get; private set; }

    /// <summary>Sets whole numbers.</summary>
    public CudnnDescriptor Set(CudnnAttribute name, params ReadOnlySpan<long> values)
    {
        fixed (long* first = values)
            _cudnn.Set(Value, name, CudnnType.Int64, values.Length, first);
        return this;
    }

    /// <summary>Sets a number of one of cuDNN's enumerations.</summary>
    public CudnnDescriptor Set(CudnnAttribute name, CudnnType type, int value)
    {
        _cudnn.Set(Value, name, type, 1, &value);
        return this;
    }

    /// <summary>Sets a real number.</summary>
    public CudnnDescriptor SetReal(CudnnAttribute name, float value)
    {
        _cudnn.Set(Value, name, CudnnType.Float, 1, &value);
        return this;
    }

    /// <summary>Sets a finished descriptor.</summary>
    public CudnnDescriptor Set(CudnnAttribute name, CudnnDescriptor other) => Set(name, CudnnType.Descriptor, [other.Value]);

    /// <summary>Sets addresses: of a handle, of descriptors or of memory.</summary>
    public CudnnDescriptor Set(CudnnAttribute name, CudnnType type, ReadOnlySpan<nint> values)
    {
        fixed (nint* first = values)
            _cudnn.Set(Value, name, type, values.Length, first);
        return this;
    }

    /// <summary>Ends the filling.</summary>
    /// <exception cref="NativeLibraryException">Something in it is wrong or is not supported.</exception>
    public CudnnDescriptor Seal()
    {
        _cudnn.Seal(Value, _kind);
        return this;
    }

    /// <summary>Ends the filling where cuDNN supports what was filled in.</summary>
    public bool TrySeal() => _cudnn.TrySeal(Value);

    /// <summary>A whole number.</summary>
    public long Number(CudnnAttribute name)
    {
        long value = 0;
        _cudnn.Get(Value, name, CudnnType.Int64, 1, &value);
        return value;
    }

    /// <summary>A number of one of cuDNN's enumerations.</summary>
    public int Choice(CudnnAttribute name, CudnnType type)
    {
        var value = 0;
        _cudnn.Get(Value, name, type, 1, &value);
        return value;
    }

    /// <summary>Several such numbers, at most 16.</summary>
    public int[] Choices(CudnnAttribute name, CudnnType type)
    {
        const int Most = 16;
        var values = stackalloc int[Most];
        var count = _cudnn.Get(Value, name, type, Most, values);
        return new ReadOnlySpan<int>(values, (int)Math.Clamp(count, 0, Most)).ToArray();
    }

    /// <summary>How many descriptors an attribute has.</summary>
    public int Count(CudnnAttribute name) => (int)_cudnn.Get(Value, name, CudnnType.Descriptor, 0, null);

    /// <summary>Descriptors of an attribute.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="kind">Their kind.</param>
    /// <param name="most">How many are asked for.</param>
    /// <returns>As many as there are of them; owned by the caller.</returns>
    public List<CudnnDescriptor> Parts(CudnnAttribute name, CudnnKind kind, int most)
    {
        // cuDNN fills descriptors that are there already.
        List<CudnnDescriptor> parts = [];
        try
        {
            var values = new nint[most];
            for (var i = 0; i < most; i++)
            {
                parts.Add(new(_cudnn, kind));
                values[i] = parts[i].Value;
            }

            long count;
            fixed (nint* first = values)
                count = _cudnn.Get(Value, name, CudnnType.Descriptor, most, first);
            var used = (int)Math.Clamp(count, 0, most);
            foreach (var unused in parts.Skip(used))
                unused.Dispose();
            parts.RemoveRange(used, most - used);
            return parts;
        }
        catch
        {
            foreach (var part in parts)
                part.Dispose();
            throw;
        }
    }

    /// <summary>Frees it.</summary>
    public void Dispose()
    {
        if (Value != 0)
            _cudnn.Destroy(Value);
        Value = 0;
    }
}
