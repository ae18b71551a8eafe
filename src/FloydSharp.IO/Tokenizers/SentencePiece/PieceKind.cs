namespace FloydSharp.IO.Tokenizers.SentencePiece;

/// <summary>What a piece of a SentencePiece model is for (sentencepiece_model.proto).</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
