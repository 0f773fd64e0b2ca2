import GrepvineDistCore

/// What a finished grep answers: its exit code, and what must be said aloud (G2).
struct GrepVerdict: Hashable {
    let code: ExitCode
    /// Lines for stderr.
    let messages: [String]

    init(_ code: ExitCode, _ messages: [String]) {
        self.code = code
        self.messages = messages
    }

    /// - Parameter query: whose limits were reached; nil when nobody wants to know.
    init(_ summary: GrepSummary, foundSomething: Bool, query: GrepQuery?) {
        let next = summary.cursor.map { "; go on with --cursor \($0)" } ?? ""
        var messages: [String] = []
        if !summary.isComplete {
            messages.append("incomplete: \(Self.gap(summary))\(summary.deadlinePassed ? next : "")")
        }
        if summary.limitReached, let query {
            messages.append("stopped at \(Self.limits(of: query)): there are more hits\(next)")
        }
        self.messages = messages
        if !summary.isComplete {
            code = .partial
        } else {
            code = foundSomething ? .success : .negative
        }
    }

    /// What is missing, and why.
    private static func gap(_ summary: GrepSummary) -> String {
        let reasons = GrepSummary.Reason.allCases.filter(summary.reasons.contains).map { reason in
            switch reason {
            case .unreachable: "no live owner in sync"
            case .deadline: "the deadline passed (--timeout)"
            case .bytes: "a node looked at as many bytes as it may (--max-bytes)"
            case .overloaded: "the owners run as many searches as they take"
            }
        }
        let count = summary.missing.count
        return "\(count) partition\(count == 1 ? "" : "s") not searched to the end: "
            + reasons.joined(separator: "; ") + ": "
            + ranges(summary.missing.map { Int($0.number) })
    }

    private static func limits(of query: GrepQuery) -> String {
        let lines = query.limit.map { "--limit \($0)" }
        let bytes = query.maxAnswer.map { "--max-answer \(ByteText.text($0))" }
        return [lines, bytes].compactMap(\.self).joined(separator: " or ")
    }

    /// `3-9, 14`: ascending, neighbours joined.
    static func ranges(_ numbers: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = runs.last, number <= last.upperBound + 1 {
                runs[runs.count - 1] = last.lowerBound...max(last.upperBound, number)
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ", ")
    }
}
