using System.Text;

namespace FloydSharp.IO.Tokenizers.SentencePiece;

/// <summary>
/// A Unigram model as SentencePiece stores it (sentencepiece_model.proto): its pieces with scores, and how text is normalized.
/// </summary>
internal sealed class SentencePieceModel
{
    private const int LongestPiece = 512;

    private SentencePieceModel()
    {
    }

    /// <summary>Text, logarithmic probability and kind of each piece; the index is the id.</summary>
    public List<(string Text, float Score, PieceKind Kind)> Pieces { get; } = [];

    /// <summary>Ids of all pieces by their text.</summary>
    public Dictionary<string, int> Ids { get; } = [];

    /// <summary>The piece for text that no other piece covers.</summary>
    public int UnknownId { get; private set; } = -1;

    /// <summary>Replacements applied to the text, or null for none.</summary>
    public CharacterMap? Map { get; private set; }

    /// <summary>Whether a text gets a space before it.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Whether runs of spaces become one, and spaces around the text go.</summary>
    public bool RemoveExtraSpaces { get; private set; } = true;

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">The bytes are no Unigram model, with what is wrong as the end of a sentence.</exception>
    public static SentencePieceModel Parse(ReadOnlySpan<byte> bytes)
    {
        var model = new SentencePieceModel();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    model.ReadPiece(reader.Bytes);
                    break;
                case 2:
                    CheckTrainer(reader.Bytes);
                    break;
                case 3:
                    model.ReadNormalizer(reader.Bytes);
                    break;
            }
        }
        if (model.Pieces.Count == 0)
            throw new InvalidDataException("it has no pieces");
        if (model.UnknownId < 0)
            throw new InvalidDataException("it has no piece for unknown text");
        return model;
    }

    private void ReadPiece(ReadOnlySpan<byte> bytes)
    {
        var text = "";
        var score = 0f;
        var kind = PieceKind.Normal;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = Text(reader.Bytes);
                    break;
                case 2:
                    score = reader.Single;
                    break;
                case 3:
                    kind = (PieceKind)reader.Number;
                    break;
            }
        }

        var id = Pieces.Count;
        if (text.Length is 0 or > LongestPiece)
            throw new InvalidDataException($"piece {id} has {text.Length} characters, expected 1 to {LongestPiece}");
        if (!float.IsFinite(score))
            throw new InvalidDataException($"piece {id} has a score that is no number");
        if (kind is PieceKind.Byte or PieceKind.UserDefined || !Enum.IsDefined(kind))
            throw new InvalidDataException($"piece {id} is of kind {(int)kind}, which T5's models do not have");
        if (kind == PieceKind.Unknown && UnknownId >= 0)
            throw new InvalidDataException($"pieces {UnknownId} and {id} both stand for unknown text");
        if (!Ids.TryAdd(text, id))
            throw new InvalidDataException($"pieces {Ids[text]} and {id} are the same");
        if (kind == PieceKind.Unknown)
            UnknownId = id;
        Pieces.Add((text, score, kind));
    }

    private static void CheckTrainer(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 3 && reader.Number != 1)
                throw new InvalidDataException("it is not of the Unigram kind");
            if (reader.Field == 24 && reader.Number != 0)
                throw new InvalidDataException("it keeps spaces at the ends of words, which T5's models do not");
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2 when !reader.Bytes.IsEmpty:
                    Map = new CharacterMap(reader.Bytes);
                    break;
                case 3:
                    AddDummyPrefix = reader.Number != 0;
                    break;
                case 4:
                    RemoveExtraSpaces = reader.Number != 0;
                    break;
                case 5 when reader.Number == 0:
                    throw new InvalidDataException("it does not escape spaces, which T5's models do");
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            throw new InvalidDataException("a piece is not UTF-8");
        return Encoding.UTF8.GetString(bytes);
    }
}
