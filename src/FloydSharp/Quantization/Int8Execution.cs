namespace FloydSharp.Quantization;

/// <summary>How a product with int8 weights is computed. Convolutions are always <see cref="WeightOnly"/>.</summary>
public enum Int8Execution
{
    /// <summary>
    /// The weights are made floating point, block by block, and multiplied as ever: exact for the stored weights, on any
    /// device, and on a CPU as fast as float weights.
    /// </summary>
    WeightOnly,

    /// <summary>
    /// LLM.int8() as published (Dettmers et al. 2022, arXiv:2208.07339, section 3): inputs become int8 too, except for the
    /// columns that reach 6.0, which are left out of the row's scale and multiplied as floating point.
    /// </summary>
    LlmInt8,

    /// <summary>
    /// LLM.int8() as bitsandbytes' kernels compute it: inputs and results pass through float16, and a row's scale leaves out
    /// the values that reach 6.0 rather than their columns.
    /// </summary>
    BitsAndBytes,
}
