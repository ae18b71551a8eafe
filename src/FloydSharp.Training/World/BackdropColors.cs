using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>The colours of the backdrops; the sampler keeps things distinct from them.</summary>
internal static class BackdropColors
{
    public static readonly SKColor Sky = new(120, 190, 245);
    public static readonly SKColor SunsetTop = new(242, 110, 90);
    public static readonly SKColor SunsetLow = new(255, 196, 110);
    public static readonly SKColor Night = new(18, 24, 66);
    public static readonly SKColor NightHill = new(12, 16, 40);
    public static readonly SKColor Water = new(40, 116, 196);
    public static readonly SKColor Sand = new(240, 216, 154);
    public static readonly SKColor Grass = new(104, 186, 76);
    public static readonly SKColor DesertSky = new(250, 222, 178);
    public static readonly SKColor Dune = new(226, 166, 92);
    public static readonly SKColor CitySky = new(196, 220, 238);
    public static readonly SKColor Tower = new(142, 158, 180);
    public static readonly SKColor Street = new(98, 102, 110);
    public static readonly SKColor NightTower = new(34, 38, 72);
    public static readonly SKColor SnowSky = new(196, 218, 236);
    public static readonly SKColor SnowGround = new(244, 248, 252);
    public static readonly SKColor SpaceBlack = new(10, 8, 26);
    public static readonly SKColor ForestBack = new(52, 104, 68);
    public static readonly SKColor ForestFloor = new(78, 112, 52);
    public static readonly SKColor Brick = new(172, 84, 62);
    public static readonly SKColor Wall = new(234, 220, 196);
    public static readonly SKColor Floor = new(168, 124, 84);
}
