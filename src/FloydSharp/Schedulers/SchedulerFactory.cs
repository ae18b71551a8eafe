using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>Makes schedulers from configs, and other schedulers from the same configs.</summary>
public static class SchedulerFactory
{
    private const string Ddpm = nameof(DDPMScheduler);
    private const string Ddim = nameof(DDIMScheduler);
    private const string DpmSolver = nameof(DPMSolverMultistepScheduler);

    /// <summary>The short names <see cref="Create(string, SchedulerConfig)"/> knows, in the order of help texts.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ddpm", "ddim", "dpm++", "dpm++3", "sde-dpm++"];

    /// <summary>Makes the scheduler a config names.</summary>
    /// <param name="config">With <see cref="SchedulerConfig.ClassName"/>.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FloydException">The class is not implemented, or a setting of the config is not.</exception>
    public static IScheduler Create(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.ClassName switch
        {
            Ddpm => new DDPMScheduler(config),
            Ddim => new DDIMScheduler(config),
            DpmSolver => new DPMSolverMultistepScheduler(config),
            _ => throw new FloydException($"The scheduler class '{config.ClassName}' (_class_name in scheduler_config.json) is not implemented; there are {Ddpm}, {Ddim}, {DpmSolver}."),
        };
    }

    /// <summary>
    /// Makes another scheduler for the same model: what diffusers' <c>from_config</c> does. Settings the config holds are
    /// kept (betas, prediction, thresholding, spacing where the file says one), others take the new class's defaults.
    /// </summary>
    /// <param name="name">One of <see cref="Names"/> or a class name; case does not matter.</param>
    /// <param name="source">The config of the model's own scheduler.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FloydException">There is no such scheduler.</exception>
    public static IScheduler Create(string name, SchedulerConfig source)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(source);
        return Create(name.ToLowerInvariant() switch
        {
            "ddpm" or "ddpmscheduler" => source with { ClassName = Ddpm },
            "ddim" or "ddimscheduler" => source with { ClassName = Ddim },
            "dpmsolvermultistepscheduler" => source with { ClassName = DpmSolver },
            "dpm++" => source with { ClassName = DpmSolver, AlgorithmType = AlgorithmType.DpmSolverPlusPlus, SolverOrder = 2 },
            "dpm++3" => source with { ClassName = DpmSolver, AlgorithmType = AlgorithmType.DpmSolverPlusPlus, SolverOrder = 3 },
            "sde-dpm++" => source with { ClassName = DpmSolver, AlgorithmType = AlgorithmType.SdeDpmSolverPlusPlus, SolverOrder = 2 },
            _ => throw new FloydException($"There is no scheduler '{name}'; there are {string.Join(", ", Names)}."),
        });
    }
}
