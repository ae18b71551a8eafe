using SkiaSharp;
using static FloydSharp.Training.World.BackdropColors;

namespace FloydSharp.Training.World;

/// <summary>Draws what lies behind everything, in the unit square.</summary>
internal sealed class BackdropPainter(Easel easel) : IDisposable
{
    private readonly SKPath _path = new();
    private readonly SKPaint _gradient = new();

    /// <summary>Fills the whole canvas.</summary>
    public void Draw(Scene scene)
    {
        // Details depend on the scene's seed alone, so that they are the same at every size.
        var random = new DetailRandom(scene.Seed);
        var canvas = easel.Canvas;
        switch (scene.Backdrop)
        {
            case Backdrop.Plain:
                canvas.Clear(easel.Tint(Palette.Of(scene.BackdropColor)));
                break;
            case Backdrop.Gradient:
                Blend(Palette.Of(scene.BackdropColor), Palette.Of(scene.BackdropColor2), 0, 1);
                break;
            case Backdrop.Sky:
                Blend(Palette.Mix(Sky, new SKColor(60, 130, 230), 0.3f), Palette.Mix(Sky, SKColors.White, 0.35f), 0, 1);
                for (var i = 0; i < 4; i++)
                    Cloud(random.Next(0.05f, 0.95f), 0.12f + (0.24f * i) + random.Next(-0.06f, 0.06f), random.Next(0.1f, 0.17f), SKColors.White);
                break;
            case Backdrop.Sunset:
                Blend(SunsetTop, SunsetLow, 0, 0.66f);
                easel.Ground(random.Next(0.25f, 0.75f), 0.63f, 0.14f, 0.14f, new SKColor(255, 240, 170), 255);
                easel.Ground(0, 0.66f, 1, 0.34f, new SKColor(122, 66, 112));
                for (var i = 0; i < 6; i++)
                    easel.GroundLine(random.Next(0, 0.7f), 0.7f + (i * 0.05f), random.Next(0.4f, 1), 0.7f + (i * 0.05f), new SKColor(238, 140, 110), 0.008f);
                break;
            case Backdrop.NightSky:
                Blend(Night, new SKColor(40, 52, 112), 0, 0.9f);
                Stars(ref random, 34, 0.78f);
                Hills(ref random, 0.82f, NightHill);
                break;
            case Backdrop.Sea:
                Blend(Sky, Palette.Mix(Sky, SKColors.White, 0.6f), 0, 0.55f);
                Cloud(random.Next(0.1f, 0.9f), random.Next(0.1f, 0.2f), 0.13f, SKColors.White);
                easel.Ground(0, 0.55f, 1, 0.45f, Water);
                Waves(ref random, 0.58f, new SKColor(110, 176, 232));
                break;
            case Backdrop.Beach:
                Blend(Sky, Palette.Mix(Sky, SKColors.White, 0.6f), 0, 0.42f);
                easel.Ground(0, 0.4f, 1, 0.3f, Water);
                easel.Ground(0.5f, 0.9f, 0.9f, 0.32f, SKColors.White, 200);
                easel.Ground(0.5f, 0.95f, 0.95f, 0.345f, Sand, 255);
                for (var i = 0; i < 14; i++)
                    easel.Ground(random.Next(0, 1), random.Next(0.72f, 0.98f), 0.008f, 0.005f, Palette.Mix(Sand, SKColors.Brown, 0.3f), 255);
                break;
            case Backdrop.Meadow:
                Blend(Sky, Palette.Mix(Sky, SKColors.White, 0.55f), 0, 0.62f);
                Cloud(random.Next(0.1f, 0.9f), random.Next(0.1f, 0.22f), random.Next(0.1f, 0.15f), SKColors.White);
                Hills(ref random, 0.6f, Palette.Mix(Grass, SKColors.White, 0.2f));
                Hills(ref random, 0.68f, Grass);
                for (var i = 0; i < 26; i++)
                {
                    var (x, y) = (random.Next(0, 1), random.Next(0.76f, 1));
                    easel.GroundLine(x, y, x + random.Next(-0.01f, 0.01f), y - 0.03f, Palette.Mix(Grass, new SKColor(20, 90, 30), 0.5f), 0.007f);
                }

                break;
            case Backdrop.Desert:
                Blend(new SKColor(246, 196, 132), DesertSky, 0, 0.6f);
                Hills(ref random, 0.58f, Palette.Mix(Dune, SKColors.White, 0.25f));
                Hills(ref random, 0.7f, Dune);
                break;
            case Backdrop.City:
                Blend(CitySky, Palette.Mix(CitySky, SKColors.White, 0.5f), 0, 0.8f);
                Skyline(ref random, Palette.Mix(Tower, CitySky, 0.5f), Palette.Mix(Tower, CitySky, 0.5f), 0.2f);
                Skyline(ref random, Tower, new SKColor(206, 220, 234), 0.34f);
                easel.Ground(0, 0.82f, 1, 0.18f, Street);
                for (var i = 0; i < 5; i++)
                    easel.Ground(0.04f + (0.21f * i), 0.9f, 0.1f, 0.014f, new SKColor(240, 240, 220));
                break;
            case Backdrop.NightCity:
                Blend(Night, new SKColor(62, 44, 104), 0, 0.8f);
                Stars(ref random, 12, 0.3f);
                Skyline(ref random, new SKColor(26, 30, 62), new SKColor(200, 170, 90), 0.24f);
                Skyline(ref random, NightTower, new SKColor(255, 218, 110), 0.38f);
                easel.Ground(0, 0.84f, 1, 0.16f, new SKColor(22, 22, 34));
                break;
            case Backdrop.Snow:
                Blend(SnowSky, Palette.Mix(SnowSky, SKColors.White, 0.6f), 0, 0.65f);
                Hills(ref random, 0.6f, new SKColor(222, 234, 246));
                Hills(ref random, 0.7f, SnowGround);
                for (var i = 0; i < 40; i++)
                    easel.Ground(random.Next(0, 1), random.Next(0, 1), 0.0085f, 0.0085f, SKColors.White, 235);
                break;
            case Backdrop.Space:
                canvas.Clear(easel.Tint(SpaceBlack));
                easel.Ground(random.Next(0, 1), random.Next(0, 1), 0.5f, 0.26f, new SKColor(70, 36, 120), 70);
                easel.Ground(random.Next(0, 1), random.Next(0, 1), 0.4f, 0.22f, new SKColor(24, 70, 130), 70);
                Stars(ref random, 46, 1);
                Planet(ref random);
                break;
            case Backdrop.Forest:
                Blend(new SKColor(150, 196, 160), ForestBack, 0, 0.7f);
                Trunks(ref random, 9, Palette.Mix(ForestBack, new SKColor(150, 190, 150), 0.3f), 0.035f);
                easel.Ground(0, 0.74f, 1, 0.26f, ForestFloor);
                Trunks(ref random, 5, new SKColor(70, 56, 40), 0.05f);
                for (var i = 0; i < 9; i++)
                    easel.Ground((i / 8f) + random.Next(-0.05f, 0.05f), random.Next(-0.02f, 0.06f), 0.13f, 0.1f, new SKColor(36, 92, 50), 255);
                break;
            case Backdrop.BrickWall:
                canvas.Clear(easel.Tint(new SKColor(206, 170, 146)));
                Bricks(ref random);
                break;
            default:
                canvas.Clear(easel.Tint(Wall));
                easel.Ground(0, 0.76f, 1, 0.24f, Floor);
                easel.Ground(0, 0.745f, 1, 0.02f, SKColors.White);
                for (var i = 0; i < 5; i++)
                    easel.GroundLine(0.5f + ((i - 2) * 0.2f), 0.765f, 0.5f + ((i - 2) * 0.34f), 1, Palette.Mix(Floor, SKColors.Black, 0.2f), 0.006f);
                break;
        }

        if (scene.Style is SceneStyle.Blueprint)
            Grid();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _path.Dispose();
        _gradient.Dispose();
    }

    private void Blend(SKColor top, SKColor bottom, float from, float to)
    {
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, from), new SKPoint(0, to), [easel.Tint(top), easel.Tint(bottom)], SKShaderTileMode.Clamp);
        _gradient.Shader = shader;
        easel.Canvas.DrawPaint(_gradient);
        _gradient.Shader = null;
    }

    private void Cloud(float x, float y, float radius, SKColor color)
    {
        easel.Ground(x, y, radius, radius * 0.42f, color, 230);
        easel.Ground(x - (radius * 0.35f), y - (radius * 0.22f), radius * 0.42f, radius * 0.4f, color, 230);
        easel.Ground(x + (radius * 0.25f), y - (radius * 0.32f), radius * 0.5f, radius * 0.5f, color, 230);
    }

    private void Stars(ref DetailRandom random, int count, float bottom)
    {
        for (var i = 0; i < count; i++)
        {
            var radius = random.Next(0, 1) < 0.25f ? 0.011f : 0.0065f;
            easel.Ground(random.Next(0.01f, 0.99f), random.Next(0.01f, bottom), radius, radius, easel.Style is SceneStyle.Neon ? SKColors.White : new SKColor(255, 250, 220), 255);
        }
    }

    private void Hills(ref DetailRandom random, float y, SKColor color)
    {
        _path.Rewind();
        _path.MoveTo(0, 1);
        _path.LineTo(0, y + random.Next(-0.03f, 0.04f));
        var middle = y + random.Next(-0.04f, 0.04f);
        _path.QuadTo(0.25f, y + random.Next(-0.09f, 0.06f), 0.5f, middle);
        _path.QuadTo(0.75f, (2 * middle) - (y + random.Next(-0.09f, 0.06f)) + 0.02f, 1, y + random.Next(-0.04f, 0.04f));
        _path.LineTo(1, 1);
        _path.Close();
        easel.Ground(_path, color);
    }

    private void Waves(ref DetailRandom random, float top, SKColor color)
    {
        for (var row = 0; row < 7; row++)
        {
            var y = top + (row * 0.062f);
            for (var i = 0; i < 3; i++)
            {
                var x = random.Next(0, 0.95f);
                easel.GroundLine(x, y, x + random.Next(0.06f, 0.16f), y, color, 0.011f);
            }
        }
    }

    private void Skyline(ref DetailRandom random, SKColor tower, SKColor window, float tallest)
    {
        for (var x = -0.02f; x < 1;)
        {
            var width = random.Next(0.1f, 0.17f);
            var top = 0.84f - random.Next(tallest, tallest + 0.22f);
            easel.Ground(x, top, width - 0.012f, 0.84f - top, tower);
            for (var y = top + 0.03f; y < 0.8f; y += 0.05f)
            {
                for (var column = 0; column < 3; column++)
                {
                    if (random.Next(0, 1) < 0.6f)
                        easel.Ground(x + 0.014f + (column * (width - 0.03f) / 3), y, 0.018f, 0.024f, window);
                }
            }

            x += width;
        }
    }

    private void Planet(ref DetailRandom random)
    {
        var (x, y, radius) = (random.Next(0, 1) < 0.5f ? 0.12f : 0.88f, random.Next(0.1f, 0.2f), random.Next(0.07f, 0.1f));
        easel.Ground(x, y, radius, radius, new SKColor(196, 136, 96), 255);
        easel.Ground(x, y, radius * 1.7f, radius * 0.22f, new SKColor(230, 204, 160), 150);
    }

    private void Trunks(ref DetailRandom random, int count, SKColor color, float width)
    {
        for (var i = 0; i < count; i++)
            easel.Ground(((i + 0.5f) / count) + random.Next(-0.05f, 0.05f), 0, width, 0.78f + random.Next(0, 0.06f), color);
    }

    private void Bricks(ref DetailRandom random)
    {
        for (var row = 0; row < 11; row++)
        {
            for (var column = -1; column < 6; column++)
            {
                var x = (column * 0.19f) + (row % 2 * 0.095f);
                easel.Ground(x, row * 0.092f, 0.176f, 0.079f, Palette.Mix(Brick, random.Next(0, 1) < 0.5f ? new SKColor(110, 46, 36) : new SKColor(214, 120, 90), random.Next(0, 0.35f)));
            }
        }
    }

    private void Grid()
    {
        for (var i = 1; i < 16; i++)
        {
            var width = i % 4 == 0 ? 0.006f : 0.003f;
            var color = new SKColor(255, 255, 255);
            easel.GroundLine(i / 16f, 0, i / 16f, 1, color, width);
            easel.GroundLine(0, i / 16f, 1, i / 16f, color, width);
        }
    }
}
