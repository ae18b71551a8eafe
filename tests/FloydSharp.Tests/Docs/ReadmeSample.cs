using FloydSharp.Noise;
using FloydSharp.Pipelines.IF;
using FloydSharp.Pipelines.Upscale;

namespace FloydSharp.Tests.Docs;

/// <summary>The C# lines of the README, word for word between the two marks; <see cref="ReadmeTests"/> compares them.</summary>
internal static class ReadmeSample
{
    public static void Run(string prompt)
    {
        // <readme>
        using var stage1 = IFPipeline.Load("IF-I-XL-v1.0");
        using var embeddings = stage1.Components.TextEncoder.Load().Encode([prompt]);
        stage1.Components.TextEncoder.Free();                       // T5 is gone before the UNet comes

        using var noise = NoiseSource.FromSeed(1);
        using var small = stage1.Generate(embeddings, noise);       // (1, 3, 64, 64) in [-1, 1]
        stage1.Components.ToPictures(small)[0].Save("stage1.png");
        stage1.Components.UNet.Free();

        using var stage2 = IFSuperResolutionPipeline.Load("IF-II-L-v1.0");
        using var medium = stage2.Generate(small, embeddings, noise);
        stage2.Components.ToPictures(medium)[0].Save("stage2.png");
        stage2.Components.UNet.Free();

        using var stage3 = StableDiffusionUpscalePipeline.Load("stable-diffusion-x4-upscaler");
        using var large = stage3.Generate(medium, [prompt], noise); // (1, 3, 1024, 1024)
        StableDiffusionUpscalePipeline.ToPictures(large, stage1.Components.Watermarker)[0].Save("stage3.png");
        // </readme>
    }
}
