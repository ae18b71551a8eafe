using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Brings weights from files into a model in the form that the options ask for.</summary>
internal sealed class WeightSource : IDisposable
{
    private readonly ICheckpointModel? _known;
    private readonly LoadOptions _options;
    private readonly bool _keepHalf;
    private readonly CompactScratch _scratch = new();
    private readonly StagingBuffer _staging = new();
    private IDeviceReader? _reader;
    private bool _opened;
    private readonly Dictionary<SafetensorsFile, MappedFile> _mappings = [];

    /// <summary>Prepares.</summary>
    /// <param name="known">What the model knows of its checkpoints.</param>
    /// <param name="options">Device, dtype, forms.</param>
    /// <param name="quantized">Whether the files hold int8 weights.</param>
    public WeightSource(ICheckpointModel? known, LoadOptions options, bool quantized)
    {
        _known = known;
        _options = options;
        _keepHalf = options.KeepHalf ?? quantized;
    }

    /// <summary>Fills a weight.</summary>
    /// <returns>Bytes that are used where they are mapped.</returns>
    public long Fill(WeightPlace place)
    {
        var dtype = TargetDType(place);
        if (place.Scales is { } scales)
            return FillCompact(place, ScalarType.Int8, dtype, () => Int8Keys.ReadScales(scales).to(_options.Device, disposeAfter: true));
        if (IsQuantized(place))
            return Quantize(place, dtype);
        if (CompactDType(place, dtype) is { } kept)
            return FillCompact(place, kept, dtype, () => null);

        if (_options.Rooms?.RoomFor(place.Weight, dtype, _options.Device) is { } room)
        {
            Read(place.File, place.Entry, room);
            place.Weight.Fill(room);
            return 0;
        }

        var value = Read(place, dtype, out var mapped);
        place.Weight.Fill(value);
        place.Weight.IsRearrangeable = mapped == 0;
        return mapped;
    }

    /// <summary>The form that <see cref="Fill"/> gives a weight.</summary>
    /// <returns>The dtype that is kept, the dtype of products, and whether the weight is kept compact.</returns>
    public (ScalarType Kept, ScalarType DType, bool IsCompact) FormOf(WeightPlace place)
    {
        var dtype = TargetDType(place);
        if (place.Scales is not null || IsQuantized(place))
            return (ScalarType.Int8, dtype, true);
        return CompactDType(place, dtype) is { } kept ? (kept, dtype, true) : (dtype, dtype, false);
    }

    /// <summary>Checks that files in use did not change while they were mapped.</summary>
    public void CheckUnchanged()
    {
        foreach (var file in _mappings.Keys)
            file.CheckUnchanged();
    }

    /// <summary>Waits until all values are where they are to be, and frees the buffers: when the last weight was filled, and before weights are cleared.</summary>
    public void Finish()
    {
        _staging.Dispose();
        var reader = _reader;
        (_reader, _opened) = (null, false);
        reader?.Dispose();
    }

    /// <summary>Gives the buffers and the references on mappings back; tensors hold their own.</summary>
    public void Dispose()
    {
        Finish();
        foreach (var mapping in _mappings.Values)
            mapping.Release();
    }

    private ScalarType TargetDType(WeightPlace place)
    {
        if (place.Scales is null && !place.Entry.ToTorch().IsFloating())
            throw new FloydException($"The weight {place.Entry.Name} is stored as {place.Entry.DType.Name()}; expected F32, F16 or BF16. Choose another variant of this checkpoint, such as fp16.");
        return DTypeOf(place.Name, _options.EffectiveDType);
    }

    private ScalarType DTypeOf(string name, ScalarType dtype) => _known?.DTypeOf(name, dtype) ?? dtype;

    private bool IsQuantized(WeightPlace place) => QuantizationRule.Takes(_options.Quantization, _known, place.Name, place.Weight);

    // Only forms that are smaller than what is computed with are worth their widening.
    private ScalarType? CompactDType(WeightPlace place, ScalarType dtype)
    {
        if (!(place.Weight.TakesCompact || place.Weight.IsTable) || dtype != ScalarType.Float32)
            return null;
        var stored = place.Entry.ToTorch();
        if (_keepHalf && stored is ScalarType.Float16 or ScalarType.BFloat16)
            return stored;
        if (place.Weight.IsTable)
            return null;
        return _options.WideAsBFloat16 && DTypeOf(place.Name, ScalarType.Float16) != ScalarType.Float16 ? ScalarType.BFloat16 : null;
    }

    private long FillCompact(WeightPlace place, ScalarType kept, ScalarType dtype, Func<Tensor?> scales)
    {
        using var scope = NewDisposeScope();
        place.Weight.Fill(new CompactTensor(Read(place, kept, out var mapped), scales(), dtype, _options.Int8Execution, _scratch));
        return mapped;
    }

    private long Quantize(WeightPlace place, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (values, scales) = QuantizedPieces.ReadAll(place.File, place.Entry, _options.Device);
        place.Weight.Fill(new CompactTensor(values.reshape([.. place.Weight.Shape]), scales, dtype, _options.Int8Execution, _scratch));
        return 0;
    }

    private Tensor Read(WeightPlace place, ScalarType dtype, out long mapped)
    {
        using var scope = NewDisposeScope();
        var inPlace = TryMap(place.File, place.Entry, dtype);
        mapped = inPlace is null ? 0 : place.Entry.Length;
        var value = inPlace ?? Read(place.File, place.Entry, dtype);
        // Shapes that differ by trailing ones only (an old 1x1 convolution kept as a matrix) hold the same numbers.
        if (!value.shape.AsSpan().SequenceEqual([.. place.Weight.Shape]))
            value = value.reshape([.. place.Weight.Shape]);
        return value.MoveToOuterDisposeScope();
    }

    private Tensor Read(SafetensorsFile file, SafetensorsEntry entry, ScalarType dtype)
    {
        if (Reader is null)
            return _staging.Read(file, entry, dtype, _options.Device);
        using var scope = NewDisposeScope();
        var result = empty([.. entry.Shape], dtype, _options.Device);
        Read(file, entry, result);
        return result.MoveToOuterDisposeScope();
    }

    private void Read(SafetensorsFile file, SafetensorsEntry entry, Tensor target)
    {
        if (Reader?.TryRead(file, entry, target) != true)
            _staging.Read(file, entry, target);
    }

    // Not before something is read that way: models whose weights are all mapped need none.
    private IDeviceReader? Reader
    {
        get
        {
            if (!_opened)
                (_reader, _opened) = (_options.OpenReader?.Invoke(_options.Device), true);
            return _reader;
        }
    }

    private Tensor? TryMap(SafetensorsFile file, SafetensorsEntry entry, ScalarType dtype)
    {
        if (!_options.MapWeights || _options.Device.type != TorchSharp.DeviceType.CPU || entry.ToTorch() != dtype || entry.Length == 0)
            return null;
        if (!_mappings.TryGetValue(file, out var mapping))
            _mappings[file] = mapping = file.Map();
        return MappedTensor.CanMap(entry, mapping) ? MappedTensor.Create(entry, mapping) : null;
    }
}
