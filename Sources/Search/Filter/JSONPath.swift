/// A question to one JSON document: does a path lead to something, or to a value that compares as
/// asked? `$.user.name`, `$.items[0]`, `$.items[*].price > 10`, `$..level == "error"`.
///
/// Names are bare words or quoted in brackets; `[*]` is every element, `.*` every child, `..name`
/// that name at any depth. It is true when it is for any of the values that the path leads to.
/// One pass over the document with all open steps as bits, so linear whatever the path.
package struct JSONPath: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case name([UInt8])
        case index(Int)
        /// Every member and element.
        case child
        /// Every element.
        case element
        /// This name at any depth.
        case descendant([UInt8])
    }

    enum Comparison: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .equal: left == right
            case .notEqual: left != right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            }
        }
    }

    let steps: [Step]
    /// Nil asks only whether there is something.
    let condition: Condition?

    struct Condition: Hashable, Sendable {
        var comparison: Comparison
        var value: JSONScalar
    }

    /// More steps are refused: open steps are the bits of one word.
    static let mostSteps = 60

    package init(_ text: String) throws(PatternError) {
        var parser = JSONPathParser(text)
        (steps, condition) = try parser.parse()
    }

    /// False for what is not one JSON text as well.
    package func matches(_ document: RawSpan) -> Bool {
        var reader = JSONReader(unsafe document.withUnsafeBytes { unsafe Array($0) }, self)
        return reader.read() && reader.isFound
    }

    /// The steps open below a value, for its member or element.
    func following(_ open: UInt64, name: [UInt8]?, index: Int) -> UInt64 {
        var next: UInt64 = 0
        var rest = open
        while rest != 0 {
            let step = rest.trailingZeroBitCount
            rest &= rest - 1
            guard step < steps.count else { continue }
            let isTaken: Bool
            switch steps[step] {
            case .name(let wanted): isTaken = wanted == name
            case .index(let wanted): isTaken = name == nil && wanted == index
            case .child: isTaken = true
            case .element: isTaken = name == nil
            case .descendant(let wanted):
                isTaken = wanted == name
                next |= 1 << UInt64(step)
            }
            if isTaken { next |= 1 << UInt64(step + 1) }
        }
        return next
    }

    /// Whether a value that the path leads to is what was asked for; nil for an object or array.
    func accepts(_ value: JSONScalar?) -> Bool {
        guard let condition else { return true }
        guard let value else { return condition.comparison == .notEqual }
        return value.compares(condition.comparison, to: condition.value)
    }
}

/// A JSON value without parts.
enum JSONScalar: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    /// Unescaped, UTF-8.
    case text([UInt8])

    /// Values of different kinds are different and not ordered.
    func compares(_ comparison: JSONPath.Comparison, to other: JSONScalar) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): comparison.holds(left, right)
        case (.text(let left), .text(let right)):
            comparison.holds(ByteText(bytes: left), ByteText(bytes: right))
        default: comparison == (self == other ? .equal : .notEqual)
        }
    }

    private struct ByteText: Comparable {
        var bytes: [UInt8]

        static func < (left: ByteText, right: ByteText) -> Bool {
            left.bytes.lexicographicallyPrecedes(right.bytes)
        }
    }
}
