using static TorchSharp.torch;

namespace FloydSharp.Eval.Analysis;

/// <summary>A batch of <see cref="SceneLabels"/> on a device.</summary>
/// <param name="Pictures">(B, 3, H, W), -1 to 1, float32.</param>
/// <param name="Facts">(B, 7), int64; see <see cref="SceneLabels.Facts"/>.</param>
/// <param name="Area">(B, 4), float32.</param>
/// <param name="Things">(N, 5), int64; see <see cref="SceneLabels.Things"/>.</param>
/// <param name="Boxes">(N, 3), float32; see <see cref="SceneLabels.Boxes"/>.</param>
internal sealed record LabelTensors(Tensor Pictures, Tensor Facts, Tensor Area, Tensor Things, Tensor Boxes);
