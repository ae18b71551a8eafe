using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>Draws things and what they wear.</summary>
internal sealed class ThingPainter(Easel easel) : IDisposable
{
    private readonly ThingShapes _shapes = new();
    private readonly SKPath _path = new();

    /// <summary>Draws all things of a group.</summary>
    public void Draw(SceneGroup group, bool shadow)
    {
        var parts = _shapes.Of(group.Kind);
        var traits = ThingTraits.Of(group.Kind);
        foreach (var place in group.Places)
        {
            if (shadow && traits.Habitat is Habitat.Ground)
                easel.Ground(place.X, place.Y + (place.Size * 0.48f), place.Size * 0.42f, place.Size * 0.055f, new SKColor(20, 20, 40), 60);
            var canvas = easel.Canvas;
            var scale = place.Size / 100;
            canvas.Save();
            canvas.Translate(place.X - (place.Flip ? -place.Size / 2 : place.Size / 2), place.Y - (place.Size / 2));
            canvas.Scale(place.Flip ? -scale : scale, scale);

            // Thin outlines on small things, so that they keep their inside.
            var weight = Math.Clamp(0.55f + place.Size, 0.6f, 1.15f);
            easel.Dot = weight / (64 * scale);
            foreach (var part in parts)
            {
                var color = Tone.Of(part.Tone, group.Color);
                if (part.Stroke > 0)
                    easel.Stroke(part.Path, color, part.Stroke);
                else
                    easel.Fill(part.Path, color, part.Outlined);
            }

            if (group.Wears is { } wears)
                Wear(wears, Palette.Of(group.WearsColor), traits);
            canvas.Restore();
            easel.Dot = 1 / 64f;
        }
    }

    /// <summary>Two paws over the upper edge of a sign.</summary>
    public void Paws(SceneGroup holder, SceneSign sign)
    {
        Paw(holder, sign.X + (sign.Width * 0.2f), sign.Y - 0.01f);
        Paw(holder, sign.X + (sign.Width * 0.8f), sign.Y - 0.01f);
    }

    /// <summary>An arm that reaches for a thing.</summary>
    public void Arm(SceneGroup holder, ScenePlace thing)
    {
        var body = holder.Places[0];
        var (x, y) = (thing.X - (thing.Size * 0.24f), thing.Y + (thing.Size * 0.3f));
        _path.Rewind();
        _path.MoveTo(body.X + (body.Size * 0.2f), body.Y + (body.Size * 0.2f));
        _path.QuadTo(body.X + (body.Size * 0.36f), body.Y + (body.Size * 0.3f), x, y);
        easel.Stroke(_path, PawColor(holder), 0.07f);
        Paw(holder, x, y);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _path.Dispose();
        _shapes.Dispose();
    }

    private static SKColor PawColor(SceneGroup holder) => Tone.Of(holder.Kind is ThingKind.Panda ? 'k' : 'm', holder.Color);

    private void Paw(SceneGroup holder, float x, float y)
    {
        _path.Rewind();
        _path.AddOval(new SKRect(x - 0.055f, y - 0.04f, x + 0.055f, y + 0.04f));
        easel.Fill(_path, PawColor(holder), true);
    }

    private void Wear(Accessory accessory, SKColor color, ThingTraits head)
    {
        var (x, width, top, eyes) = (head.HeadX * 100, head.HeadWidth * 100, head.HeadTop * 100, head.HeadY * 100);
        _path.Rewind();
        switch (accessory)
        {
            case Accessory.Hat:
                _path.AddRoundRect(new SKRect(x - (width * 0.3f), top - (width * 0.42f), x + (width * 0.3f), top + (width * 0.06f)), 3, 3);
                easel.Fill(_path, color, true);
                _path.Rewind();
                _path.AddRoundRect(new SKRect(x - (width * 0.55f), top - (width * 0.02f), x + (width * 0.55f), top + (width * 0.12f)), 3, 3);
                easel.Fill(_path, color, true);
                break;
            case Accessory.PartyHat:
                _path.MoveTo(x - (width * 0.28f), top + (width * 0.1f));
                _path.LineTo(x, top - (width * 0.55f));
                _path.LineTo(x + (width * 0.28f), top + (width * 0.1f));
                _path.Close();
                easel.Fill(_path, color, true);
                _path.Rewind();
                _path.AddCircle(x, top - (width * 0.55f), width * 0.09f);
                easel.Fill(_path, SKColors.White, true);
                break;
            case Accessory.Crown:
                _path.MoveTo(x - (width * 0.36f), top + (width * 0.08f));
                _path.LineTo(x - (width * 0.42f), top - (width * 0.32f));
                _path.LineTo(x - (width * 0.18f), top - (width * 0.12f));
                _path.LineTo(x, top - (width * 0.4f));
                _path.LineTo(x + (width * 0.18f), top - (width * 0.12f));
                _path.LineTo(x + (width * 0.42f), top - (width * 0.32f));
                _path.LineTo(x + (width * 0.36f), top + (width * 0.08f));
                _path.Close();
                easel.Fill(_path, color, true);
                break;
            case Accessory.Sunglasses:
                _path.AddRoundRect(new SKRect(x - (width * 0.43f), eyes - (width * 0.13f), x - (width * 0.04f), eyes + (width * 0.15f)), 5, 5);
                _path.AddRoundRect(new SKRect(x + (width * 0.04f), eyes - (width * 0.13f), x + (width * 0.43f), eyes + (width * 0.15f)), 5, 5);
                _path.AddRect(new SKRect(x - (width * 0.5f), eyes - (width * 0.12f), x + (width * 0.5f), eyes - (width * 0.05f)));
                easel.Fill(_path, color, true);
                break;
            default:
                var neck = eyes + (width * 0.42f);
                _path.AddRoundRect(new SKRect(x + (width * 0.08f), neck, x + (width * 0.3f), neck + (width * 0.62f)), 3, 3);
                easel.Fill(_path, color, true);
                _path.Rewind();
                _path.AddRoundRect(new SKRect(x - (width * 0.42f), neck - (width * 0.06f), x + (width * 0.42f), neck + (width * 0.16f)), 5, 5);
                easel.Fill(_path, color, true);
                break;
        }
    }
}
