// Character tables of ftfy (github.com/rspeer/python-ftfy, ftfy/chardata.py), Copyright 2023 Robyn Speer,
// Apache License 2.0; put here as ranges of code points.

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>Characters that bytes of a UTF-8 sequence become in a single-byte encoding: bodies of regular expression classes.</summary>
internal static class Utf8Clues
{
    /// <summary>Bytes C2 to DF.</summary>
    public const string FirstOfTwo =
        "\u00C2-\u00DF\u0100\u0102\u0106\u010C\u010E\u0110\u0112\u0116\u0118\u011A\u011E\u0122\u012A" +
        "\u0130\u0136\u0139\u013B\u0141\u0143\u0145\u0147\u014C\u0150\u0158\u015A\u015E\u0160\u0162\u016A" +
        "\u016E\u0170\u0172\u0179\u017B\u017D\u0392-\u03A1\u03A3-\u03AF\u0412-\u042F";

    /// <summary>Bytes E0 to EF.</summary>
    public const string FirstOfThree =
        "\u00E0-\u00EF\u0101\u0103\u0105\u0107\u010D\u010F\u0113\u0117\u0119\u011B\u0123\u012B\u012F" +
        "\u0137\u013A\u013C\u0155\u017A\u03B0-\u03BF\u0430-\u043F";

    /// <summary>Bytes F0 and F3.</summary>
    public const string FirstOfFour =
        "\u00F0\u00F3\u0111\u011F\u0161\u03C0\u03C3\u0440\u0443";

    /// <summary>Bytes 80 to BF, and a space for A0.</summary>
    public const string Continuation =
        "\u0020\u0080-\u00BF\u00C6\u00D8\u00E6\u00F8\u0104\u0105\u013D\u013E\u0141\u0142\u0152\u0153" +
        "\u0156\u0157\u015A\u015B\u015E-\u0161\u0164\u0165\u0178-\u017E\u0192\u02C6\u02C7\u02D8" +
        "\u02DB-\u02DD\u0384-\u0386\u0388-\u038A\u038C\u038E\u038F\u0401-\u040C\u040E\u040F\u0451-\u045C" +
        "\u045E\u045F\u0490\u0491\u2013-\u2015\u2018-\u201A\u201C-\u201E\u2020-\u2022\u2026\u2030\u2039" +
        "\u203A\u20AC\u2116\u2122";

    /// <summary>The same without spaces, dashes, bullets, quotation marks and ellipses.</summary>
    public const string ContinuationStrict =
        "\u0080-\u00BF\u00C6\u00D8\u00E6\u00F8\u0104\u0105\u013D\u013E\u0141\u0142\u0152\u0153\u0156" +
        "\u0157\u015A\u015B\u015E-\u0161\u0164\u0165\u0178-\u017E\u0192\u02C6\u02C7\u02D8\u02DB-\u02DD" +
        "\u0384-\u0386\u0388-\u038A\u038C\u038E\u038F\u0401-\u040C\u040E\u040F\u0451-\u045C\u045E\u045F" +
        "\u0490\u0491\u2020\u2021\u2030\u2039\u203A\u20AC\u2116\u2122";
}
