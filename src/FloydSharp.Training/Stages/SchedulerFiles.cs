namespace FloydSharp.Training.Stages;

/// <summary>The scheduler_config.json files of a cascade, as the published checkpoints have them.</summary>
internal static class SchedulerFiles
{
    /// <summary>Stage I: cosine schedule, learned variance, dynamic thresholding.</summary>
    public static string StageI { get; } = Ddpm("squaredcos_cap_v2", thresholding: true, ratio: "0.95", max: "1.5", "learned_range");

    /// <summary>Stage II: the same with a threshold of 1.</summary>
    public static string StageII { get; } = Ddpm("squaredcos_cap_v2", thresholding: true, ratio: "0.95", max: "1.0", "learned_range");

    /// <summary>Noise on the small picture of stage II.</summary>
    public static string ImageNoising { get; } = Ddpm("squaredcos_cap_v2", thresholding: false, ratio: "0.995", max: "1.0", "fixed_small");

    /// <summary>Noise on the small picture of stage III.</summary>
    public static string LowRes { get; } = Ddpm("scaled_linear", thresholding: false, ratio: "0.995", max: "1.0", "fixed_small");

    /// <summary>Stage III: velocity over latents.</summary>
    public static string StageIII { get; } = """
        {
          "_class_name": "DDIMScheduler",
          "_diffusers_version": "0.40.0",
          "beta_end": 0.02,
          "beta_schedule": "scaled_linear",
          "beta_start": 0.0001,
          "clip_sample": false,
          "num_train_timesteps": 1000,
          "prediction_type": "v_prediction",
          "set_alpha_to_one": false,
          "steps_offset": 1,
          "trained_betas": null
        }

        """;

    private static string Ddpm(string schedule, bool thresholding, string ratio, string max, string variance) => $$"""
        {
          "_class_name": "DDPMScheduler",
          "_diffusers_version": "0.40.0",
          "beta_end": 0.02,
          "beta_schedule": "{{schedule}}",
          "beta_start": 0.0001,
          "clip_sample": true,
          "clip_sample_range": 1.0,
          "dynamic_thresholding_ratio": {{ratio}},
          "num_train_timesteps": 1000,
          "prediction_type": "epsilon",
          "sample_max_value": {{max}},
          "thresholding": {{(thresholding ? "true" : "false")}},
          "timestep_spacing": "leading",
          "trained_betas": null,
          "variance_type": "{{variance}}"
        }

        """;
}
