using FloydSharp.IO.Tokenizers;

namespace FloydSharp.Training.Data;

/// <summary>What a batch holds.</summary>
internal sealed record BatchOptions
{
    /// <summary>Pictures per batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Side at which pictures are drawn, in pixels.</summary>
    public required int Side { get; init; }

    /// <summary>Side of the square that is cut out; null keeps the whole picture.</summary>
    public int? Crop { get; init; }

    /// <summary>Squares cut out of each picture, which must divide the batch; drawing large pictures is dear.</summary>
    public int CropsPerPicture { get; init; } = 1;

    /// <summary>Crops start at multiples of this many pixels.</summary>
    public int CropGrid { get; init; } = 4;

    /// <summary>Turns captions into ids; null for training without text.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Brings captions into the form that prompts have when they reach the tokenizer.</summary>
    public Func<string, string> Prepare { get; init; } = CaptionCleaner.Plain;

    /// <summary>Part of the captions that are replaced by the empty one (Ho and Salimans 2022, arXiv:2207.12598).</summary>
    public double CaptionDropout { get; init; } = 0.1;

    /// <summary>Seed of crops and dropout.</summary>
    public long Seed { get; init; }
}
