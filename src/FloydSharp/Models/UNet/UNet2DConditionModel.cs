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
    // Weights of so many maps of the time lie together: 64 MiB in float16.
    private const long MostTimesTogether = 32 << 20;

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
    private readonly List<JoinedLinear> _times;
    private readonly Activation _timesActivation;

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
        var told = Descendants(this).OfType<ResnetBlock2D>().Select(block => block.TimeMap!.Value).ToList();
        _times = [.. Chunks([.. told.Select(t => t.Map)]).Select(maps => new JoinedLinear(maps))];
        _timesActivation = told[0].Activation;
    }

    /// <summary>What all of a picture passes through stays floating point: the outer convolutions and the embeddings of time and text, one weight in a hundred.</summary>
    public bool KeepsFloat(string name) => name.Split('.')[0] is "conv_in" or "conv_out" or "time_embedding" or "class_embedding" or "add_embedding";

    /// <summary>The configuration it was built from.</summary>
    public UNet2DConditionConfig Config { get; }

    /// <summary>Whether predictions need class labels: the noise level of a super-resolution stage.</summary>
    public bool TakesClassLabels => class_embedding is not null;

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => _times;

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
        CheckShapes(sample, timestep, text.States.Text, classLabels);
        using var scope = NewDisposeScope();
        var temb = ProjectTime(EmbedTime(sample, timestep, text.Pooled, classLabels)); // (B, Dtemb)

        var skips = new Stack<Tensor>();
        skips.Push(EnterSample(sample));                                      // (B, C0, H, W)
        foreach (var block in down_blocks)
        {
            foreach (var state in block.forward(skips.Peek(), temb, text.States))
                skips.Push(state);
        }

        var hidden = mid_block.forward(skips.Peek(), temb, text.States);      // (B, Cn, H/2^n, W/2^n)
        foreach (var block in up_blocks)
            hidden = hidden.Then(h => block.forward(h, skips, temb, text.States)); // (B, Ci, ...)

        return hidden
            .Then(h => conv_norm_out.forward(h, _outActivation))              // (B, C0, H, W)
            .Then(conv_out.forward)                                           // (B, Cout, H, W)
            .MoveToOuterDisposeScope();
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

    private Tensor EnterSample(Tensor sample) =>
        Config.CenterInputSample ? sample.Times(2).Minus(1).Then(conv_in.forward) : conv_in.forward(sample);

    private Tensor EmbedTime(Tensor sample, Tensor timestep, Tensor? pooled, Tensor? classLabels)
    {
        using var scope = NewDisposeScope();
        var temb = time_embedding.forward(_timeProj.forward(PerSample(timestep, sample), sample.dtype)); // (B, Dtemb)
        if (classLabels is not null)
        {
            var labels = PerSample(classLabels, sample);                      // (B)
            temb = temb.Plus(class_embedding is TimestepEmbedding embedding
                ? embedding.forward(_timeProj.forward(labels, sample.dtype))
                : ((Embedding)class_embedding!).forward(labels));             // (B, Dtemb)
        }

        if (pooled is not null)
            temb = temb.Plus(pooled);                                         // (B, Dtemb)
        return _timeActivation.Apply(temb).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// All blocks are told the time by maps of the same vector: where they lie side by side, one product serves many. Streamed ones
    /// come together, apart from their blocks, so all of them are used now.
    /// </summary>
    private TimeStates ProjectTime(Tensor temb)
    {
        if (!_times.Any(t => t.IsJoined || t.IsStreamed))
            return new TimeStates(temb);
        using var scope = NewDisposeScope();
        var activated = _timesActivation.Apply(temb);
        Dictionary<Linear, Tensor> projected = [];
        foreach (var join in _times.Where(t => t.IsJoined || t.IsStreamed))
        {
            foreach (var (map, part) in join.Parts.Zip(join.forward(activated)))
                projected[map] = part.MoveToOuterDisposeScope();
        }

        return new TimeStates(temb, projected);
    }

    // What comes together must not need slots larger than other layers do.
    private static IEnumerable<List<Linear>> Chunks(IReadOnlyList<Linear> maps)
    {
        List<Linear> chunk = [];
        foreach (var map in maps)
        {
            if (chunk.Count > 0 && chunk.Append(map).Sum(m => m.Matrix.ElementCount) > MostTimesTogether)
            {
                yield return chunk;
                chunk = [];
            }

            chunk.Add(map);
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    private static IEnumerable<Layer> Descendants(Layer layer) =>
        layer.Children.SelectMany(child => Descendants(child.Value).Prepend(child.Value));

    private static Tensor PerSample(Tensor value, Tensor sample)
    {
        using var scope = NewDisposeScope();
        return value.to(sample.device).flatten().expand(sample.shape[0]).MoveToOuterDisposeScope(); // (B)
    }

    private void CheckShapes(Tensor sample, Tensor timestep, Tensor text, Tensor? classLabels)
    {
        if (sample.dim() != 4 || sample.shape[1] != Config.InChannels)
            throw new ArgumentException($"The sample has shape {Show(sample)}, expected (B, {Config.InChannels}, H, W).", nameof(sample));
        var batch = sample.shape[0];
        if (text.shape[0] != batch)
            throw new ArgumentException($"The text has shape {Show(text)}, expected ({batch}, T, D).", nameof(text));
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
