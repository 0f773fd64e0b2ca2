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

    init(_ summary: GrepSummary, foundSomething: Bool, limit: Int?) {
        var messages: [String] = []
        if !summary.missing.isEmpty {
            let count = summary.missing.count
            messages.append(
                "incomplete: \(count) partition\(count == 1 ? "" : "s") had no live owner in sync: "
                    + Self.ranges(summary.missing.map { Int($0.number) }))
        }
        if summary.deadlinePassed {
            messages.append("incomplete: the deadline passed before everything was searched")
        }
        if summary.limitReached, let limit {
            let next = summary.cursor.map { "; go on with --cursor \($0)" } ?? ""
            messages.append("stopped at --limit \(limit): there are more hits\(next)")
        }
        self.messages = messages
        if !summary.isComplete {
            code = .partial
        } else {
            code = foundSomething ? .success : .negative
        }
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
