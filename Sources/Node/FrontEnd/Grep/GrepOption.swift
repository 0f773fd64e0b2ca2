import GrepvineDistCore

/// One option of a grep, declared once for both faces: `IGNORECASE` in a Redis command is
/// `ignorecase` in a JSON object and in the query of a URL.
struct GrepOption: Sendable {
    typealias SetNumber = @Sendable (inout GrepAsk, Int) -> Void
    typealias SetBytes = @Sendable (inout GrepQuery, [UInt8]) -> Void

    enum Kind: Sendable {
        case flag(@Sendable (inout GrepQuery) -> Void)
        case number(ClosedRange<Int>, SetNumber)
        case bytes(SetBytes)
        case text(
            longest: Int = DocumentFilter.longestText,
            @Sendable (inout GrepQuery, String) throws(GrepOptionError) -> Void)
    }

    let name: String
    let kind: Kind
    let isRepeatable: Bool

    init(_ name: String, _ kind: Kind, isRepeatable: Bool = false) {
        self.name = name
        self.kind = kind
        self.isRepeatable = isRepeatable
    }

    /// A Redis command has a word behind it.
    var takesValue: Bool {
        if case .flag = kind { return false }
        return true
    }

    var jsonKind: String {
        switch kind {
        case .flag: "true or false"
        case .number: "a number"
        case .bytes: "a string"
        case .text: isRepeatable ? "a string or an array of strings" : "a string"
        }
    }

    static let mostContext = 10_000
    static let longestTimeout = 600_000
    static let mostBytes = 1 << 50

    static let table: [GrepOption] = [
        GrepOption("prefix", .bytes { $0.keyPrefix = $1 }),
        GrepOption("glob", .text(addGlob), isRepeatable: true),
        GrepOption("type", .text(setType)),
        GrepOption("jsonpath", .text { query, path in query.filter.jsonPath = path }),
        GrepOption("fixed", .flag { $0.options.isLiteral = true }),
        GrepOption("ignorecase", .flag { $0.options.ignoresCase = true }),
        GrepOption("word", .flag { $0.options.wholeWords = true }),
        GrepOption("invert", .flag { $0.options.inverted = true }),
        GrepOption("count", .flag { $0.output = .counts }),
        GrepOption("files", .flag { $0.output = .keys }),
        GrepOption("before", .number(0...mostContext) { $0.query.before = $1 }),
        GrepOption("after", .number(0...mostContext) { $0.query.after = $1 }),
        GrepOption(
            "context",
            .number(0...mostContext) { ($0.query.before, $0.query.after) = ($1, $1) }),
        GrepOption("max", .number(1...Int(Int32.max)) { $0.query.limitPerDocument = $1 }),
        GrepOption("limit", .number(1...Int(Int32.max)) { $0.query.limit = $1 }),
        GrepOption("maxbytes", .number(1...mostBytes) { $0.query.maxBytes = $1 }),
        GrepOption("maxanswer", .number(1...mostBytes) { $0.query.maxAnswer = $1 }),
        GrepOption("cursor", .text(longest: GrepCursor.longest) { $0.cursor = $1 }),
        GrepOption("timeout", .number(1...longestTimeout) { $0.timeout = .milliseconds($1) }),
    ]

    /// The option of this name in lower case.
    static func named(_ name: String) -> GrepOption? { table.first { $0.name == name } }

    static func unknown(_ name: String) -> GrepOptionError {
        let names = table.map(\.name).joined(separator: ", ")
        return GrepOptionError("unknown option '\(name)'; there is \(names)")
    }

    @Sendable private static func addGlob(
        _ query: inout GrepQuery, _ glob: String
    ) throws(GrepOptionError) {
        guard query.filter.globs.count < DocumentFilter.mostGlobs else {
            throw GrepOptionError("there are at most \(DocumentFilter.mostGlobs) globs")
        }
        query.filter.globs.append(glob)
    }

    @Sendable private static func setType(
        _ query: inout GrepQuery, _ name: String
    ) throws(GrepOptionError) {
        switch name.lowercased() {
        case "bytes": query.filter.contentType = .bytes
        case "text": query.filter.contentType = .text
        case "json": query.filter.contentType = .json
        default: throw GrepOptionError("type is '\(name)', it must be bytes, text or json")
        }
    }
}
