using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>How a scene is drawn.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SceneStyle>))]
public enum SceneStyle
{
    /// <summary>Plain fills without outlines; captions usually name no style.</summary>
    Flat,

    /// <summary>A coarse grid of hard pixels.</summary>
    PixelArt,

    /// <summary>Graphite outlines with hatched colour on paper.</summary>
    PencilSketch,

    /// <summary>Glowing tubes in the dark.</summary>
    Neon,

    /// <summary>Transparent washes with dark edges on paper.</summary>
    Watercolour,

    /// <summary>Cel shading: ink outlines and two tones.</summary>
    Anime,

    /// <summary>Visible brush strokes.</summary>
    OilPainting,

    /// <summary>Layers of cut paper with shadows.</summary>
    PaperCut,

    /// <summary>White lines on blue with a grid; shows no colours.</summary>
    Blueprint,
}
