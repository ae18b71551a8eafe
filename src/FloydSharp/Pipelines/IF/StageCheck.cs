using FloydSharp.IO;
using FloydSharp.Schedulers;

namespace FloydSharp.Pipelines.IF;

/// <summary>Tells checkpoints of stage I and stage II apart before a pipeline is made of them.</summary>
internal static class StageCheck
{
    /// <summary>Passes a checkpoint of stage I.</summary>
    /// <exception cref="FloydException">It is one of stage II.</exception>
    public static IFComponents StageI(IFComponents components) => components.ImageNoisingSchedulerConfig is null
        ? components
        : throw new FloydException($"The checkpoint {components.Folder.Path} is one of stage II (its class is {components.Folder.ClassName}), which enlarges pictures; give a text-to-image checkpoint such as IF-I-XL.");

    /// <summary>The scheduler that noises the small picture of a checkpoint of stage II.</summary>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FloydException">The checkpoint is not one of stage II.</exception>
    public static IScheduler NoisingScheduler(IFComponents components) => SchedulerFactory.Create(components.ImageNoisingSchedulerConfig ?? throw new FloydException(
        $"The checkpoint {components.Folder.Path} has no image_noising_scheduler, so it is not one of stage II (its class is {components.Folder.ClassName}); give a super resolution checkpoint such as IF-II-L."));
}
