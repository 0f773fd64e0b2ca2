/// Patterns that must find ripgrep's lines and matches, by kind. Each may begin with flags.
enum ParityPatterns {
    static let all: [String] =
        literals + classes + alternations + anchors + unicode + cases + wildcards + short
        + withoutLiteral + empty + words + repetitions + lineEnds + syntax

    static let literals = [
        "error", "return", "unregister", "Copyright", "int main", "#include", "-F a.b", "-F [0]",
        "-F foo(bar)", "-F \\d", "-F $", "-F ^", "NOTE", "zzzzqqqq", "0x7f", "std::", "::", "->",
        "==", "&&", "http://", "https://www", "License", "the end of", "  ", "\t", "\"", "'s",
        "-F *", "-F a|b", "-F (", "xdigit", "mutex_lock", "_init_",
    ]
    static let classes = [
        "[aeiou]{5}", "[A-Z][a-z]+[A-Z]", "[^ -~]", "[^\\x00-\\x7f]", "[[:upper:]]{8,}",
        "[[:punct:]]{6}", "[0-9a-f]{32}", "[]]", "[^]]]", "[a\\]]b", "[\\w.]+@[\\w.]+",
        "[a-z&&[^aeiou]]{9}",
        "[\\d--5]{7}", "[a-c~~b-d]{6}", "[[:xdigit:]]{12}", "[^\\W\\d_]{18,}",
        "\\d{4}-\\d{2}-\\d{2}",
        "[-+]?\\d+\\.\\d+e[-+]\\d+", "\\s{20,}\\S", "\\D\\d{9}\\D", "[\\s\\d]{14}", "[#$%]{2}",
    ]
    static let alternations = [
        "foo|bar|baz", "static|extern|inline", "alpha|beta|gamma|delta|epsilon|zeta|eta|theta",
        "(get|set)_(name|value|type)", "a(b|c|)d", "NOTE|HACK|WARN|BUG", "(un)?register_\\w+",
        "^(if|for|while) \\(", "(one|two|three) (four|five|six)", "error(s|ed)?:",
        "January|February",
        "(?:in|out)put(?:Stream|Buffer)", "(a|ab)(c|bcd)(d*)", "x|xy|xyz", "(|x)y",
        "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec", "cat|category|cater",
    ]
    static let anchors = [
        "^#define", "^$", ";$", "^\\s*$", "^int", "}$", "^.$", "^..$", "\\{$", "^import .*$",
        "^\\S+$", "(^|\\s)main($|\\s)", "^(a|b)", "^[A-Z]+$", "^\\s+return;$", "\\bfoo\\b",
        "\\Bing\\b",
        "\\bun\\B", "^\\b", "\\b$", "^^a", "b$$",
    ]
    static let unicode = [
        "é", "ß", "привет", "слово", "日本", "の", "[а-я]{12}", "[ぁ-ん]{6}", "\\p{Greek}",
        "\\p{Cyrillic}{8}", "\\p{Han}{4}", "\\p{Hiragana}+", "\\p{Lu}{6}", "\\p{Currency_Symbol}",
        "\\p{Nd}{9}",
        "\\x{e9}", "\\u00fc", "[^\\p{ASCII}]{3}", "\\w+ё\\w*", "“[^”]*”", "…", "\\pL{24}",
        "\\p{Arabic}", "\\p{Hebrew}", "\\p{script=Katakana}{3}", "\\p{gc=Zs}",
        "\\p{Emoji_Presentation}",
        "\\p{Thai}", "\\PL\\PM\\pN{5}", "©",
    ]
    static let cases = [
        "-i error", "-i gnu", "-i straße", "-i ПРИВЕТ", "-i σ", "-i k", "-i [a-f]{8}",
        "(?i)warning",
        "(?i:linux) kernel", "-i out of memory", "-i É", "-S gnu", "-S GNU", "-i ſ", "-i İ", "-i ǆ",
        "-i \\bthe\\b.*\\bend\\b", "-iF a.B", "-i x|Y|zz", "(?i)[k-s]{10}", "-i Ω",
    ]
    static let wildcards = [
        "spin_.*_irqrestore", "foo.*bar", "a.c", "get.*\\(\\)", "b.*?e", "<.*>", "\\(.*\\).*\\{",
        "\".*?\"", "/\\*.*\\*/", "s.{3}t", "c.{0,3}t", "x.{30}y", "size_t .*;",
    ]
    static let short = ["q", "qz", "zx", "Q7", ";", "é", "--", "aa", "i", "-e -"]
    static let withoutLiteral = [
        "[0-9]{3}-[0-9]{4}", "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "\\w+_init\\w*\\(void\\)",
        "[a-q][^u-z]{13}x", "\\w{5}\\s+\\w{5}\\s+\\w{5}", "[A-Za-z]{30}", "E0[0-9]{3}7",
        "\\d+[a-f]+\\d+",
        "([a-z]+)[.]([a-z]+)[.]([a-z]+)", "[A-Z]{2}\\d{2}", "([a-z]{1,8} ){6}", "\\S{90}",
    ]
    static let empty = [
        "-c a*", "-c x?", "-c (?:)", "-c ^", "-c $", "-c (a*)*", "-c \\b", "-c .*", "-c (|b)",
    ]
    static let words = [
        "-w if", "-w int", "-w -i the", "-w -c \\w+ing", "-wF foo", "-x else", "-x -F }",
        "-x \\s*\\}\\s*",
    ]
    static let repetitions = [
        "a{3}", "(ab){2,}", "o{2,3}", "l{3,}?", "(foo){0,2}bar", "\\d{10,20}", "(\\w+\\s){8}\\w+$",
        "(a+)+$", "(x+x+)+y", "(.*)(.*)(.*)x$", "(a|aa)+$", "([a-z]+)*[0-9]Z",
    ]
    static let lineEnds = [
        "\\r", "\\r$", "--crlf x$", "--crlf ^$", "--crlf \\S$", "-v -c a", "-v ^.", "-a \\x00",
        "-a -c \\n?x",
    ]
    static let syntax = [
        "\\.\\*", "(?x) e r r # x", "(?U)a.*b", "(?s)a.b", "\\x41\\x42", "\\x{41}+",
        "a\\|b", "(?P<name>err)or", "[[:^alpha:]]{30}", "-c \\Aint", ";\\z", "\\a",
        "(?i)a(?-i)B", "\\-\\-",
    ]
}
