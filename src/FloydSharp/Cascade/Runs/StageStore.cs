using FloydSharp.Pipelines;

namespace FloydSharp.Cascade.Runs;

/// <summary>The store of one request's denoising at one stage.</summary>
internal sealed class StageStore(CascadeRunFolder folder, int request, int stage) : IDenoisingStore
{
    public DenoisingState? Continue() => folder.ReadState(request, stage);

    public void Offer(bool stopping, Func<DenoisingState> state) => folder.OfferState(request, stage, stopping, state);
}
