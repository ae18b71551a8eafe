namespace FloydSharp.Nn;

/// <summary>A layer that calls <see cref="ScaledDotProductAttention"/>.</summary>
public interface IAttends
{
    /// <summary>A faster way for its attention; null for the plain one. Not disposed.</summary>
    IAttentionKernel? AttentionKernel { get; set; }
}
