import GrepvineDistCore

/// Durations in order, for tables.
struct Percentiles {
    private let sorted: [Duration]

    init(_ samples: [Duration]) { sorted = samples.sorted() }

    var count: Int { sorted.count }

    /// The smallest sample that `share` of them do not exceed.
    subscript(share: Double) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }

    var largest: Duration { sorted.last ?? .zero }

    var mean: Duration {
        sorted.isEmpty ? .zero : sorted.reduce(.zero, +) / sorted.count
    }

    /// p50, p99, largest.
    var cells: [String] { [self[0.5], self[0.99], largest].map(\.cell) }
}

extension Duration {
    /// Seconds with two decimals.
    var cell: String {
        let hundredths = (wholeMilliseconds + 5) / 10
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// Columns of text, aligned to the right, the first to the left.
enum Columns {
    static func text(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n") + "\n"
    }
}
