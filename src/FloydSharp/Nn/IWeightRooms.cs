using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Says where weights are to lie before they are read, so that nothing is moved, and no memory taken twice, afterwards.</summary>
internal interface IWeightRooms
{
    /// <summary>Room for a weight.</summary>
    /// <param name="weight">The weight, empty. Not disposed.</param>
    /// <param name="dtype">What it is kept in.</param>
    /// <param name="device">Where it is kept.</param>
    /// <returns>A tensor of its shape with any values in it, owned by the caller; null where it may lie anywhere.</returns>
    Tensor? RoomFor(Weight weight, ScalarType dtype, Device device);
}
