/// One glob of ripgrep's `-g` over a path whose parts are divided by `/`, which is what keys look
/// like: without a slash it matches a name at any depth, with one it matches from the start.
///
/// `*` and `?` do not match a slash, `**` between slashes matches any number of parts, `[a-z]` and
/// `[!a-z]` one scalar, `{a,b}` either. One step per scalar and token: linear, whatever the glob.
package struct GlobPattern: Sendable {
    private enum Token: Hashable, Sendable {
        case scalar(UInt32)
        /// Any scalar but a slash.
        case one
        /// Any number of scalars but slashes.
        case name
        /// Nothing, or anything that ends with a slash.
        case folders
        /// Anything at all.
        case all
        case set(ScalarSet)
    }

    /// A key that matches is kept out.
    package let isExcluding: Bool
    /// It ended with a slash: only folders match.
    private let onlyFolders: Bool
    /// Each way to read its alternatives.
    private let branches: [[Token]]

    private static let mostBranches = 64
    private static let slash = UInt32(47)

    package init(_ text: String) throws(PatternError) {
        var scalars = Array(text.unicodeScalars)[...]
        isExcluding = scalars.first == "!"
        if isExcluding { scalars.removeFirst() }
        onlyFolders = scalars.last == "/"
        if onlyFolders { scalars.removeLast() }
        let isAnchored = scalars.contains("/")
        if scalars.first == "/" { scalars.removeFirst() }
        var branches: [[Token]] = []
        for branch in try Self.alternatives(of: Array(scalars)) {
            let tokens = try Self.tokens(of: branch)
            branches.append(isAnchored ? tokens : [.folders] + tokens)
        }
        self.branches = branches
    }

    /// `path` as decoded scalars, for a folder without its slash.
    func matches(_ path: ArraySlice<UInt32>, isFolder: Bool) -> Bool {
        guard isFolder || !onlyFolders else { return false }
        return branches.contains { Self.matches(path, $0) }
    }

    private static func matches(_ path: ArraySlice<UInt32>, _ tokens: [Token]) -> Bool {
        var current = Array(repeating: false, count: tokens.count + 1)
        enter(0, tokens, &current)
        for scalar in path {
            var next = Array(repeating: false, count: tokens.count + 1)
            for (index, token) in tokens.enumerated() where current[index] {
                step(over: scalar, index, token, tokens, &next)
            }
            guard next.contains(true) else { return false }
            current = next
        }
        return current[tokens.count]
    }

    private static func step(
        over scalar: UInt32, _ index: Int, _ token: Token, _ tokens: [Token], _ next: inout [Bool]
    ) {
        switch token {
        case .scalar(let wanted): if scalar == wanted { enter(index + 1, tokens, &next) }
        case .one: if scalar != slash { enter(index + 1, tokens, &next) }
        case .set(let set): if set.contains(scalar) { enter(index + 1, tokens, &next) }
        case .name: if scalar != slash { enter(index, tokens, &next) }
        case .all: enter(index, tokens, &next)
        case .folders:
            next[index] = true
            if scalar == slash { enter(index + 1, tokens, &next) }
        }
    }

    /// Waits at a token, and behind it when it may match nothing.
    private static func enter(_ index: Int, _ tokens: [Token], _ states: inout [Bool]) {
        states[index] = true
        guard index < tokens.count else { return }
        switch tokens[index] {
        case .name, .folders, .all: enter(index + 1, tokens, &states)
        default: break
        }
    }
}

extension GlobPattern {
    /// Every choice of `{a,b}` written out, inner braces too.
    private static func alternatives(
        of text: [Unicode.Scalar]
    ) throws(PatternError) -> [[Unicode.Scalar]] {
        var waiting = [text]
        var whole: [[Unicode.Scalar]] = []
        while let next = waiting.popLast() {
            guard let (open, commas, close) = try brace(in: next) else {
                whole.append(next)
                continue
            }
            var start = open + 1
            var choices: [[Unicode.Scalar]] = []
            for end in commas + [close] {
                choices.append(Array(next[..<open] + next[start..<end] + next[(close + 1)...]))
                start = end + 1
            }
            waiting += choices
            guard waiting.count + whole.count <= mostBranches else {
                throw PatternError("glob has more than \(mostBranches) alternatives", at: open)
            }
        }
        return whole
    }

    /// The first brace with the commas of its own level.
    private static func brace(
        in text: [Unicode.Scalar]
    ) throws(PatternError) -> (open: Int, commas: [Int], close: Int)? {
        var open: Int?
        var commas: [Int] = []
        var depth = 0
        var index = 0
        while index < text.count {
            switch text[index] {
            case "\\": index += 1
            case "{":
                if depth == 0 { open = index }
                depth += 1
            case ",": if depth == 1 { commas.append(index) }
            case "}":
                guard depth > 0 else { throw PatternError("glob has a stray }", at: index) }
                depth -= 1
                if depth == 0, let open { return (open, commas, index) }
            default: break
            }
            index += 1
        }
        guard depth == 0 else { throw PatternError("glob has an unclosed {", at: open ?? 0) }
        return nil
    }

    private static func tokens(of text: [Unicode.Scalar]) throws(PatternError) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < text.count {
            switch text[index] {
            case "*": tokens.append(stars(text, &index))
            case "?": tokens.append(.one)
            case "[": tokens.append(.set(try set(text, &index)))
            case "\\":
                index += 1
                guard index < text.count else {
                    throw PatternError("glob ends with a backslash", at: index - 1)
                }
                tokens.append(.scalar(text[index].value))
            default: tokens.append(.scalar(text[index].value))
            }
            index += 1
        }
        return tokens
    }

    /// One star, or two where they stand for whole parts of the path. Leaves `index` at the last
    /// scalar that it took.
    private static func stars(_ text: [Unicode.Scalar], _ index: inout Int) -> Token {
        let start = index
        while index + 1 < text.count, text[index + 1] == "*" { index += 1 }
        let isWholePart = start == 0 || text[start - 1] == "/"
        guard index - start == 1, isWholePart else { return .name }
        if index + 1 == text.count { return .all }
        guard text[index + 1] == "/" else { return .name }
        index += 1
        return .folders
    }

    private static func set(
        _ text: [Unicode.Scalar], _ index: inout Int
    ) throws(PatternError) -> ScalarSet {
        let start = index
        var ranges: [ClosedRange<UInt32>] = []
        index += 1
        let isInverted = index < text.count && (text[index] == "!" || text[index] == "^")
        if isInverted { index += 1 }
        let first = index
        while index < text.count, text[index] != "]" || index == first {
            let low = text[index].value
            if index + 2 < text.count, text[index + 1] == "-", text[index + 2] != "]" {
                guard low <= text[index + 2].value else {
                    throw PatternError("glob has a range that is not ascending", at: index)
                }
                ranges += ScalarSet.withoutSurrogates(low...text[index + 2].value)
                index += 3
            } else {
                ranges.append(low...low)
                index += 1
            }
        }
        guard index < text.count else { throw PatternError("glob has an unclosed [", at: start) }
        let set = isInverted ? ScalarSet(ranges).inverted : ScalarSet(ranges)
        return set.subtracting(ScalarSet(slash))
    }
}
