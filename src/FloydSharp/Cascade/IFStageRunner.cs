using FloydSharp.Models.UNet;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Weights;

namespace FloydSharp.Cascade;

/// <summary>A stage of an IF checkpoint, I or II: three pipelines over the same components.</summary>
internal abstract class IFStageRunner : StageRunner
{
    private readonly int _stage;
    private readonly DiffusionPipeline<IFComponents> _plain;
    private readonly DiffusionPipeline<IFComponents> _vary;
    private readonly DiffusionPipeline<IFComponents> _inpaint;

    /// <summary>Takes the pipelines, which share their components.</summary>
    /// <param name="stage">1 or 2.</param>
    /// <param name="load">How models are loaded.</param>
    /// <param name="plain">From text, or from a small picture. Owned.</param>
    /// <param name="vary">From a picture. Owned.</param>
    /// <param name="inpaint">From a picture under a mask. Owned.</param>
    protected IFStageRunner(
        int stage, LoadOptions load, DiffusionPipeline<IFComponents> plain, DiffusionPipeline<IFComponents> vary, DiffusionPipeline<IFComponents> inpaint)
        : base(stage, load) => (_stage, _plain, _vary, _inpaint) = (stage, plain, vary, inpaint);

    /// <summary>The checkpoint, shared by all pipelines of the stage.</summary>
    public IFComponents Checkpoint => _plain.Components;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, bool IsLoaded)> Components =>
    [
        ($"stage {_stage} text_encoder", Checkpoint.TextEncoder.IsLoaded),
        ($"stage {_stage} unet", Checkpoint.UNet.IsLoaded),
        ($"stage {_stage} safety_checker", Checkpoint.SafetyChecker is { IsLoaded: true }),
    ];

    /// <inheritdoc/>
    public override CheckpointFolder Folder => Checkpoint.Folder;

    /// <inheritdoc/>
    protected override Component<UNet2DConditionModel> UNet => Checkpoint.UNet;

    /// <inheritdoc/>
    protected override bool FinishesAtOnce => Checkpoint.SafetyChecker is null;

    /// <inheritdoc/>
    public override void Free() => Checkpoint.Dispose();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _plain.Dispose();
        _vary.Dispose();
        _inpaint.Dispose();
    }

    /// <inheritdoc/>
    protected override void FinishAll(IReadOnlyList<CascadeRun> runs, CascadeBatch batch)
    {
        if (Checkpoint.SafetyChecker is { } checker)
            batch.Report.Load(_stage, checker, batch.Cancellation);
        batch.Report.Phase(_stage, CascadePhase.Finish, "pictures", () =>
        {
            foreach (var run in runs)
                FinishOne(run, batch);
            return true;
        });
        Checkpoint.SafetyChecker?.Free();
    }

    /// <summary>The pipeline that a request runs through.</summary>
    protected DiffusionPipeline<IFComponents> PipelineOf(CascadeRequest request) => request.Start switch
    {
        CascadeStart.Variation => _vary,
        CascadeStart.Inpainting => _inpaint,
        _ => _plain,
    };
}
