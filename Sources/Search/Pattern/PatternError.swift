/// Why a pattern is refused. Nothing was searched.
package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    /// Where in the pattern, in Unicode scalars from 0.
    package let position: Int

    package init(_ message: String, at position: Int) {
        self.message = message
        self.position = position
    }

    package var description: String { "\(message) (at character \(position + 1) of the pattern)" }
}

/// What one pattern may cost. Within these, matching is linear in the text.
enum PatternLimit {
    /// Bytes of the pattern.
    static let length = 4096
    /// Copies asked for by one counted repetition.
    static let repetition = 1000
    /// Groups, classes and repetitions inside one another.
    static let nesting = 200
    /// Characters that the pattern matches, with repetitions written out.
    static let positions = 16_384
    /// Steps between positions, with optional parts skipped.
    static let edges = 500_000
    /// States of the automata of all character classes together.
    static let nodes = 50_000
}
