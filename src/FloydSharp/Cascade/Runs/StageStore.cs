using FloydSharp.Pipelines;

namespace FloydSharp.Cascade.Runs;

/// <summary>The store of one request's denoising at one stage, or of one tile of it.</summary>
internal sealed class StageStore(CascadeRunFolder folder, int request, int stage, int part) : IDenoisingStore
{
    public DenoisingState? Continue() => folder.ReadState(request, stage, part);

    public void Offer(bool stopping, Func<DenoisingState> state) => folder.OfferState(request, stage, part, stopping, state);
}
