using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using FloydSharp.IO.Tokenizers.CharacterData;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>
/// The text of lower-case HTML as BeautifulSoup(text, "html.parser").text gives it with Python 3.13.5 and later: prompts
/// are hardly ever HTML, so what counts is that "a &lt;3 b", stray tags and half tags come out as the reference has them.
/// An HTML 5 parser builds another tree from such text (it moves, drops and adds), which is why this is our own.
/// </summary>
internal sealed partial class HtmlText
{
    private const string Blank = @"[\t\n\r\f ]";

    private static readonly SearchValues<char> s_blank = SearchValues.Create(" \t\n\r\f\v");

    private static readonly HashSet<string> s_void =
    [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "menuitem", "meta", "param", "source",
        "track", "wbr", "basefont", "bgsound", "command", "frame", "image", "isindex", "nextid", "spacer",
    ];

    private static readonly HashSet<string> s_withoutText = ["script", "style", "template", "rt", "rp"];
    private static readonly HashSet<string> s_raw = ["script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"];

    private readonly StringBuilder _result = new();
    private readonly StringBuilder _data = new();
    private readonly List<string> _open = [];
    private readonly string _html;
    private int _at;
    private string? _rawElement;

    private HtmlText(string html) => _html = html;

    /// <summary>Returns the text between the tags.</summary>
    public static string Of(string html)
    {
        if (!html.AsSpan().ContainsAny('<', '&'))
            return CollapseBlank(html);
        var parser = new HtmlText(html);
        // As the reference: once as if more might come, once more from where that stopped.
        parser.Parse(isEnd: false);
        parser.Parse(isEnd: true);
        parser.EndData();
        return parser._result.ToString();
    }

    private void Parse(bool isEnd)
    {
        while (_at < _html.Length)
        {
            var next = NextMarkup();
            if (next < 0 && _rawElement is not null)
                break;
            next = next < 0 ? _html.Length : next;
            _data.Append(_html, _at, next - _at);
            _at = next;
            if (_at == _html.Length)
                return;
            if (!(_html[_at] == '<' ? Tag(isEnd) : Reference(isEnd)))
                break;
        }
        if (isEnd && _at < _html.Length)
        {
            _data.Append(_html, _at, _html.Length - _at);
            _at = _html.Length;
        }
    }

    private int NextMarkup()
    {
        if (_rawElement is null)
            return _html.AsSpan(_at).IndexOfAny('<', '&') is >= 0 and var found ? _at + found : -1;
        for (var i = _at; i < _html.Length; i++)
        {
            if (_html[i] == '&' && _rawElement is "textarea" or "title")
                return i;
            var end = i + 2 + _rawElement.Length;
            if (_html[i] == '<' && end < _html.Length && string.CompareOrdinal(_html, i, "</" + _rawElement, 0, end - i) == 0 &&
                _html[end] is '\t' or '\n' or '\r' or '\f' or ' ' or '/' or '>')
                return i;
        }
        return -1;
    }

    // False: cannot go on yet (or at all, at the end).
    private bool Tag(bool isEnd)
    {
        var rest = _html.AsSpan(_at);
        var end = -1;
        if (rest.Length > 1 && char.IsAsciiLetter(rest[1]))
            end = StartTag();
        else if (rest.StartsWith("</"))
            end = EndTag(rest);
        else if (rest.StartsWith("<!--"))
            end = Skip(CommentEnd().Match(_html, _at + 4));
        else if (rest.StartsWith("<?") || rest.StartsWith("<!"))
            end = rest[2..].IndexOf('>') is >= 0 and var close ? Skip(_at + 2 + close + 1) : -1;
        else if (rest.Length > 1 || isEnd)
        {
            _data.Append('<');
            end = _at + 1;
        }
        else
            return false;

        if (end < 0)
        {
            if (!isEnd)
                return false;
            if (rest.SequenceEqual("</"))
                _data.Append("</");
            end = _html.Length; // an unfinished tag or comment swallows the rest
        }
        _at = end;
        return true;
    }

    private int Skip(Match match) => match.Success ? Skip(match.Index + match.Length) : -1;

    private int Skip(int end)
    {
        EndData();
        return end;
    }

    private int StartTag()
    {
        var whole = WholeTag().Match(_html, _at + 1);
        if (_html[whole.Index + whole.Length - 1] != '>')
            return -1;
        var end = whole.Index + whole.Length;
        var match = TagName().Match(_html, _at + 1);
        var name = match.Groups[1].Value;
        var at = match.Index + match.Length;
        while (at < end && Attribute().Match(_html, at) is { Success: true, Length: > 0 } attribute)
            at += attribute.Length;

        var close = PythonText.Strip(_html[at..end]);
        if (close is not (">" or "/>"))
        {
            _data.Append(_html, _at, end - _at);
            return end;
        }
        EndData();
        if (close == "/>" || s_void.Contains(name))
            return end;
        _open.Add(name);
        if (s_raw.Contains(name))
            _rawElement = name;
        return end;
    }

    private int EndTag(ReadOnlySpan<char> rest)
    {
        if (!rest[2..].Contains('>'))
            return -1;
        if (!char.IsAsciiLetter(rest[2]))
            return rest[2] == '>' ? _at + 3 : Skip(_at + rest.IndexOf('>') + 1); // "</>" is nothing, others are comments
        var whole = WholeTag().Match(_html, _at + 2);
        if (_html[whole.Index + whole.Length - 1] != '>')
            return -1;
        EndData();
        var open = _open.LastIndexOf(TagName().Match(_html, _at + 2).Groups[1].Value);
        if (open >= 0)
            _open.RemoveRange(open, _open.Count - open);
        _rawElement = null;
        return whole.Index + whole.Length;
    }

    private bool Reference(bool isEnd)
    {
        var rest = _html.Length - _at;
        if (rest > 1 && _html[_at + 1] == '#')
        {
            var number = NumericReference().Match(_html, _at);
            if (number.Success)
            {
                _data.Append(Character(HtmlEntities.CodePoint(number.Groups[1].Value)));
                Consume(number);
                return true;
            }
            if (_html.IndexOf(';', _at) >= 0)
            {
                _data.Append("&#");
                _at += 2;
            }
            return false;
        }
        var entity = NamedReference().Match(_html, _at);
        if (entity.Success)
        {
            var name = entity.Groups[1].Value;
            _data.Append(HtmlEntities.Named(name) ?? HtmlEntities.Named(name + ";") ?? "&" + name);
            Consume(entity);
            return true;
        }
        if (rest > 1 && char.IsAsciiLetter(_html[_at + 1]))
        {
            if (isEnd && rest == 2)
                _at++; // the reference loses the ampersand of "&a" at the end
            return false;
        }
        if (rest == 1 && !isEnd)
            return false;
        _data.Append('&');
        _at++;
        return true;
    }

    // The character after a reference belongs to it only if it is a semicolon.
    private void Consume(Match reference) => _at += reference.Length - (reference.Value[^1] == ';' ? 0 : 1);

    private static string Character(int point) => point switch
    {
        >= 0x80 and <= 0x9F => SingleByteEncoding.Windows1252.Decode((byte)point).ToString(),
        0x1A => "\x1A",
        > 0x10FFFF => "\uFFFD",
        < 0x10000 => ((char)point).ToString(),
        _ => char.ConvertFromUtf32(point),
    };

    // Text between two tags that is blank becomes one blank.
    private void EndData()
    {
        if (_data.Length > 0 && !_open.Exists(s_withoutText.Contains))
        {
            var text = _data.ToString();
            _result.Append(_open.Exists(o => o is "pre" or "textarea") ? text : CollapseBlank(text));
        }
        _data.Clear();
    }

    private static string CollapseBlank(string text)
    {
        if (text.Length == 0 || text.AsSpan().ContainsAnyExcept(s_blank))
            return text;
        return text.Contains('\n') ? "\n" : " ";
    }

    [GeneratedRegex(
        @"\G[a-zA-Z][^\t\n\r\f />]*[\t\n\r\f /]*" +
        @"(?:(?<=['""\t\n\r\f /])[^\t\n\r\f />][^\t\n\r\f /=>]*" +
        $@"(?:{Blank}*={Blank}*(?:'[^']*'|""[^""]*""|(?!['""])[^>\t\n\r\f ]*))?[\t\n\r\f /]*)*>?", RegexOptions.CultureInvariant)]
    private static partial Regex WholeTag();

    [GeneratedRegex($@"\G([a-zA-Z][^\t\n\r\f />]*)(?:{Blank}|/(?!>))*", RegexOptions.CultureInvariant)]
    private static partial Regex TagName();

    [GeneratedRegex(
        @"\G(?<=['""\t\n\r\f /])[^\t\n\r\f />][^\t\n\r\f /=>]*" +
        $@"(?:{Blank}*={Blank}*(?:'[^']*'|""[^""]*""|(?!['""])[^>\t\n\r\f ]*))?(?:{Blank}|/(?!>))*", RegexOptions.CultureInvariant)]
    private static partial Regex Attribute();

    [GeneratedRegex("--!?>|(?<=<!--)-?>", RegexOptions.CultureInvariant)]
    private static partial Regex CommentEnd();

    [GeneratedRegex(@"\G&#([0-9]+|[xX][0-9a-fA-F]+)[^0-9a-fA-F]", RegexOptions.CultureInvariant)]
    private static partial Regex NumericReference();

    [GeneratedRegex(@"\G&([a-zA-Z][-.a-zA-Z0-9]*)[^a-zA-Z0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex NamedReference();
}
