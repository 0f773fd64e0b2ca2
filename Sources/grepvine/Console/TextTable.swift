/// Columns of text with two spaces between them.
enum TextTable {
    /// The first `leftAligned` columns begin at the same place, the others end there.
    static func text(_ rows: [[String]], leftAligned: Int) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "")
                line += column < leftAligned ? cell + space : space + cell
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
