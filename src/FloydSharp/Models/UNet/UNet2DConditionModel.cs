// Follows diffusers (Apache-2.0), src/diffusers/models/unets/unet_2d_condition.py, UNet2DConditionModel.
using FloydSharp.Models.UNet.Blocks;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet;

/// <summary>
/// The UNet that predicts the noise (or velocity) in a picture, told a timestep, a text and for super-resolution a noise level:
/// stages I and II of DeepFloyd IF and the x4 upscaler (Ho et al. 2020, arXiv:2006.11239; Saharia et al. 2022, arXiv:2205.11487).
/// </summary>
/// <remarks>
/// Sizes that do not halve evenly are brought back to the size of the skip connections on the way up, for every block type; the
/// reference does so for those that double by a convolution and fails for the others.
/// </remarks>
public sealed class UNet2DConditionModel : Layer, ICheckpointModel, IJoinsLinears
{
    private readonly Conv2d conv_in;
    private readonly Timesteps _timeProj;
    private readonly TimestepEmbedding time_embedding;
    private readonly Linear? encoder_hid_proj;
    private readonly Layer? class_embedding;
    private readonly TextTimeEmbedding? add_embedding;
    private readonly Activation _timeActivation;
    private readonly LayerList<DownBlock> down_blocks;
    private readonly MidBlock mid_block;
    private readonly LayerList<UpBlock> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Activation _outActivation;
    private readonly Conv2d conv_out;
    private readonly TimeMaps _times;

    /// <summary>Declares the model without allocating its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="IO.FloydException">The configuration asks for what is not supported.</exception>
    public UNet2DConditionModel(UNet2DConditionConfig config)
    {
        config.Validate();
        Config = config;
        var resnet = config.ResnetOptions;
        var channels = config.BlockOutChannels[0];
        conv_in = Add("conv_in", new Conv2d(config.InChannels, channels, config.ConvInKernel, padding: (config.ConvInKernel - 1) / 2));
        _timeProj = new Timesteps(channels, config.FlipSinToCos, config.FreqShift);
        time_embedding = Add("time_embedding", new TimestepEmbedding(channels, config.TimeWidth, resnet.Activation));
        _timeActivation = config.TimeEmbeddingActFn is { } act ? ActivationFunctions.Parse(act, "time_embedding_act_fn") : Activation.None;
        if (config.EncoderHidDim is { } textWidth)
            encoder_hid_proj = Add("encoder_hid_proj", new Linear(textWidth, config.CrossAttentionDim[0]));
        if (config.ClassEmbedType == "timestep")
            class_embedding = Add("class_embedding", new TimestepEmbedding(channels, config.TimeWidth, resnet.Activation));
        else if (config.NumClassEmbeds is { } classes)
            class_embedding = Add("class_embedding", new Embedding(classes, config.TimeWidth));
        if (config.AdditionEmbedType == "text")
            add_embedding = Add("add_embedding", new TextTimeEmbedding(config.TextWidth, config.TimeWidth, config.AdditionEmbedTypeNumHeads));

        var levels = Enumerable.Range(0, config.BlockCount);
        down_blocks = Add("down_blocks", new LayerList<DownBlock>(levels.Select(i => BlockFactory.Down(config, i))));
        mid_block = Add("mid_block", BlockFactory.Mid(config));
        up_blocks = Add("up_blocks", new LayerList<UpBlock>(levels.Select(i => BlockFactory.Up(config, i))));
        conv_norm_out = Add("conv_norm_out", new GroupNorm(resnet.Groups, channels, resnet.Eps));
        _outActivation = resnet.Activation;
        conv_out = Add("conv_out", new Conv2d(channels, config.OutChannels, config.ConvOutKernel, padding: (config.ConvOutKernel - 1) / 2));
        _times = new(Descendants(this).OfType<ResnetBlock2D>());
    }

    /// <summary>What all of a picture passes through stays floating point: the outer convolutions and the embeddings of time and text, one weight in a hundred.</summary>
    public bool KeepsFloat(string name) => name.Split('.')[0] is "conv_in" or "conv_out" or "time_embedding" or "class_embedding" or "add_embedding";

    /// <summary>The configuration it was built from.</summary>
    public UNet2DConditionConfig Config { get; }

    /// <summary>Whether predictions need class labels: the noise level of a super-resolution stage.</summary>
    public bool TakesClassLabels => class_embedding is not null;

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => _times.Joins;

    /// <summary>Predicts once.</summary>
    /// <param name="sample">Noisy picture (B, Cin, H, W), the weights' dtype and device, unbounded around [-1, 1]. Not disposed.</param>
    /// <param name="timestep">A scalar, (1) or (B), any real dtype and device, in [0, training timesteps). Not disposed.</param>
    /// <param name="encoderHiddenStates">The text encoder's states (B, T, <see cref="UNet2DConditionConfig.TextWidth"/>), the weights' dtype. Not disposed.</param>
    /// <param name="classLabels">
    /// The noise level, a scalar, (1) or (B), any real dtype, or int64 below num_class_embeds where a table is looked up; null for a
    /// model without. Not disposed.
    /// </param>
    /// <param name="pooledStates">
    /// What is pooled and added to the time embedding in the place of <paramref name="encoderHiddenStates"/>, same width and batch:
    /// the original IF's timestep_text_emb, a style; null for the text itself. A model that pools no text ignores it. Not disposed.
    /// </param>
    /// <returns>Noise, with learned variance in the second half of the channels where the model has it: (B, Cout, H, W), the weights' dtype; owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the model, or class labels are missing or not expected.</exception>
    public Tensor forward(Tensor sample, Tensor timestep, Tensor encoderHiddenStates, Tensor? classLabels = null, Tensor? pooledStates = null)
    {
        using var text = Read(encoderHiddenStates, pooledStates, keep: false);
        return forward(sample, timestep, text, classLabels);
    }

    /// <summary>Predicts, one of several times with the same text.</summary>
    /// <param name="sample">Noisy picture (B, Cin, H, W), the weights' dtype and device, unbounded around [-1, 1]. Not disposed.</param>
    /// <param name="timestep">A scalar, (1) or (B), any real dtype and device, in [0, training timesteps). Not disposed.</param>
    /// <param name="text">What <see cref="Read"/> made of the text. Not disposed.</param>
    /// <param name="classLabels">As for a single prediction. Not disposed.</param>
    /// <returns>As for a single prediction; owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the model, or class labels are missing or not expected.</exception>
    public Tensor forward(Tensor sample, Tensor timestep, UNetText text, Tensor? classLabels = null)
    {
        var batch = text.States.Text.shape[0];
        CheckSample(sample);
        if (sample.shape[0] != batch)
            throw new ArgumentException($"The text has shape {Show(text.States.Text)}, expected ({sample.shape[0]}, T, D).", nameof(text));
        CheckTime(timestep, classLabels, batch);
        using var scope = NewDisposeScope();
        var temb = EmbedTime(PerRow(timestep, batch, text), text, classLabels is null ? null : PerRow(classLabels, batch, text)); // (B, Dtemb)
        return Denoise(sample, _times.Tell(temb), text).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Predicts, one of several times with the same text and a time that was read before (<see cref="ReadTimes"/>). Up to where the
    /// text comes in, samples that meet several texts are computed once.
    /// </summary>
    /// <param name="sample">Noisy picture (B, Cin, H, W), the weights' dtype and device, unbounded around [-1, 1]. Not disposed.</param>
    /// <param name="told">What <see cref="ReadTimes"/> gave for the step, (n B, D'). Not disposed.</param>
    /// <param name="text">What <see cref="Read"/> made of n B texts: the first for each sample, then the second for each, and so on; those of one sample share its noise level. Not disposed.</param>
    /// <returns>(n B, Cout, H, W), otherwise as for a single prediction; owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the model.</exception>
    public Tensor forwardTold(Tensor sample, Tensor told, UNetText text)
    {
        var rows = text.States.Text.shape[0];
        CheckSample(sample);
        if (rows % sample.shape[0] != 0)
            throw new ArgumentException($"{rows} texts are not the same number for each of {sample.shape[0]} samples.", nameof(text));
        if (told.dim() != 2 || told.shape[0] != rows || told.shape[1] != _times.Width)
            throw new ArgumentException($"What the model is told of the time has shape {Show(told)}, expected ({rows}, {_times.Width}).", nameof(told));
        using var scope = NewDisposeScope();
        // Where no text is pooled, the first rows are told what all are.
        var early = text.Pooled is not null || sample.shape[0] == rows ? null : _times.Columns(told.narrow(0, 0, sample.shape[0]));
        return Denoise(sample, _times.Columns(told), text, early).MoveToOuterDisposeScope();
    }

    /// <summary>Computes what depends on the text alone, the same at every timestep, to predict several times.</summary>
    /// <param name="encoderHiddenStates">The text encoder's states (B, T, <see cref="UNet2DConditionConfig.TextWidth"/>), the weights' dtype. Not disposed.</param>
    /// <param name="pooledStates">What is pooled in their place, as for a single prediction; null for the text itself. Not disposed.</param>
    /// <param name="keep">Whether the layers keep what they make of the text; without gradients only.</param>
    /// <returns>Owned by the caller; serves this model until its weights change.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the model.</exception>
    public UNetText Read(Tensor encoderHiddenStates, Tensor? pooledStates = null, bool keep = true)
    {
        CheckText(encoderHiddenStates, encoderHiddenStates.shape[0], "text");
        if (pooledStates is not null)
            CheckText(pooledStates, encoderHiddenStates.shape[0], nameof(pooledStates));
        using var scope = NewDisposeScope();
        var text = encoder_hid_proj is null ? encoderHiddenStates.alias() : encoder_hid_proj.forward(encoderHiddenStates); // (B, T, Dtext)
        return new(new TextStates(text, keep), add_embedding?.forward(pooledStates ?? encoderHiddenStates).DetachFromDisposeScope());
    }

    /// <summary>Computes what depends on the time and the text alone, to predict at several timesteps.</summary>
    /// <param name="timesteps">(S), any real dtype and device, in [0, training timesteps). Not disposed.</param>
    /// <param name="text">What <see cref="Read"/> made of B texts. Not disposed.</param>
    /// <param name="classLabels">As for a single prediction, a scalar, (1) or (B). Not disposed.</param>
    /// <returns>(S, B, D'), the weights' dtype; owned by the caller; serves this model until its weights change.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the model, or class labels are missing or not expected.</exception>
    public Tensor ReadTimes(Tensor timesteps, UNetText text, Tensor? classLabels = null)
    {
        if (timesteps.dim() != 1)
            throw new ArgumentException($"The timesteps have shape {Show(timesteps)}, expected (S).", nameof(timesteps));
        var (steps, batch) = (timesteps.shape[0], text.States.Text.shape[0]);
        using var scope = NewDisposeScope();
        CheckTime(timesteps[0], classLabels, batch);
        var times = timesteps.to(text.States.Text.device).repeat_interleave(batch); // (S B)
        var labels = classLabels is null ? null : PerRow(classLabels, batch, text).repeat(steps); // (S B)
        var temb = EmbedTime(times, text, labels);                            // (S B, Dtemb)
        return _times.TellAll(temb).view(steps, batch, _times.Width).MoveToOuterDisposeScope(); // (S, B, D')
    }

    private Tensor Denoise(Tensor sample, TimeStates time, UNetText text, TimeStates? early = null)
    {
        using var scope = NewDisposeScope();
        var rows = text.States.Text.shape[0];
        var skips = new Stack<Tensor>();
        skips.Push(EnterSample(sample));                                      // (B, C0, H, W)
        foreach (var block in down_blocks)
        {
            if (early is null || block.LooksAtText)
                skips = Repeated(skips, rows);
            foreach (var state in block.forward(skips.Peek(), skips.Peek().shape[0] == rows ? time : early!, text.States))
                skips.Push(state);
        }

        skips = Repeated(skips, rows);
        var hidden = mid_block.forward(skips.Peek(), time, text.States);      // (n B, Cn, H/2^n, W/2^n)
        foreach (var block in up_blocks)
            hidden = hidden.Then(h => block.forward(h, skips, time, text.States)); // (n B, Ci, ...)

        return hidden
            .Then(h => conv_norm_out.forward(h, _outActivation))              // (n B, C0, H, W)
            .Then(conv_out.forward)                                           // (n B, Cout, H, W)
            .MoveToOuterDisposeScope();
    }

    // States that were the same for several texts, once for each: from here on they differ.
    private static Stack<Tensor> Repeated(Stack<Tensor> states, long rows)
    {
        if (states.Peek().shape[0] == rows)
            return states;
        var times = (int)(rows / states.Peek().shape[0]);
        return new(states.Reverse().Select(state => state.Then(s => cat([.. Enumerable.Repeat(s, times)])))); // (n B, C, H, W)
    }

    private Tensor EnterSample(Tensor sample) =>
        Config.CenterInputSample ? sample.Times(2).Minus(1).Then(conv_in.forward) : conv_in.forward(sample);

    // Of so many rows of the text as there are, each at one timestep or, one after the other, at several.
    private Tensor EmbedTime(Tensor times, UNetText text, Tensor? labels)
    {
        using var scope = NewDisposeScope();
        var (rows, dtype) = (times.shape[0], text.States.Text.dtype);
        var temb = time_embedding.forward(_timeProj.forward(times, dtype));   // (rows, Dtemb)
        if (labels is not null)
        {
            temb = temb.Plus(class_embedding is TimestepEmbedding embedding
                ? embedding.forward(_timeProj.forward(labels, dtype))
                : ((Embedding)class_embedding!).forward(labels));             // (rows, Dtemb)
        }

        if (text.Pooled is { } pooled)
            temb = temb.Plus(pooled.shape[0] == rows ? pooled : pooled.repeat(rows / pooled.shape[0], 1)); // (rows, Dtemb)
        return _timeActivation.Apply(temb).MoveToOuterDisposeScope();
    }

    private static IEnumerable<Layer> Descendants(Layer layer) =>
        layer.Children.SelectMany(child => Descendants(child.Value).Prepend(child.Value));

    private static Tensor PerRow(Tensor value, long rows, UNetText text)
    {
        using var scope = NewDisposeScope();
        return value.to(text.States.Text.device).flatten().expand(rows).MoveToOuterDisposeScope(); // (rows)
    }

    private void CheckSample(Tensor sample)
    {
        if (sample.dim() != 4 || sample.shape[0] < 1 || sample.shape[1] != Config.InChannels)
            throw new ArgumentException($"The sample has shape {Show(sample)}, expected (B, {Config.InChannels}, H, W).", nameof(sample));
    }

    private void CheckTime(Tensor timestep, Tensor? classLabels, long batch)
    {
        if (!FitsBatch(timestep))
            throw new ArgumentException($"The timestep has shape {Show(timestep)}, expected a scalar or ({batch}).", nameof(timestep));
        if (classLabels is null && TakesClassLabels)
            throw new ArgumentException("This UNet is told a noise level; pass it as class labels.", nameof(classLabels));
        if (classLabels is not null && !TakesClassLabels)
            throw new ArgumentException("This UNet is not told a noise level; leave the class labels out.", nameof(classLabels));
        if (classLabels is not null && !FitsBatch(classLabels))
            throw new ArgumentException($"The class labels have shape {Show(classLabels)}, expected a scalar or ({batch}).", nameof(classLabels));

        bool FitsBatch(Tensor t) => t.dim() == 0 || (t.dim() == 1 && (t.shape[0] == 1 || t.shape[0] == batch));
    }

    private void CheckText(Tensor text, long batch, string name)
    {
        if (text.dim() != 3 || text.shape[0] != batch || text.shape[2] != Config.TextWidth)
            throw new ArgumentException($"The text has shape {Show(text)}, expected ({batch}, T, {Config.TextWidth}).", name);
    }

    private static string Show(Tensor t) => $"({string.Join(", ", t.shape)})";
}
