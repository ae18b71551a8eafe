namespace FloydSharp.Models.UNet.Blocks;

/// <summary>The attention that a block type has, which decides what <c>attention_head_dim</c> means there.</summary>
internal enum AttentionKind
{
    None,
    AddedKV,
    Transformer,
}
