/// What the tests want to know of a Markdown page.
struct MarkdownPage {
    let file: TextFile

    var folder: String {
        file.path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
    }

    /// Lines outside fenced blocks, with their numbers from 1.
    var prose: [(number: Int, text: Substring)] { split().prose }

    /// Lines inside fenced blocks.
    var fenced: [(number: Int, text: Substring)] { split().fenced }

    private func split() -> (
        prose: [(number: Int, text: Substring)], fenced: [(number: Int, text: Substring)]
    ) {
        var prose: [(number: Int, text: Substring)] = []
        var fenced: [(number: Int, text: Substring)] = []
        var isFenced = false
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("```") {
                isFenced.toggle()
            } else if isFenced {
                fenced.append((index + 1, line))
            } else {
                prose.append((index + 1, line))
            }
        }
        return (prose, fenced)
    }

    /// Fenced blocks of Swift, with every line trimmed.
    var swiftBlocks: [String] {
        let text = "\n" + file.lines.map(\.trimmed).joined(separator: "\n")
        return text.split(separator: "\n```swift\n").dropFirst().compactMap {
            $0.split(separator: "\n```").first.map(String.init)
        }
    }

    /// Targets of `[text](target)`.
    var links: [(number: Int, target: String)] {
        prose.flatMap { number, line in
            line.split(separator: "](", omittingEmptySubsequences: false).dropFirst().compactMap {
                part in part.firstIndex(of: ")").map { (number, String(part[..<$0])) }
            }
        }
    }

    /// What stands between backticks.
    var codeSpans: [(number: Int, text: String)] {
        prose.flatMap { number, line in
            line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { (number, String($0.element)) }
        }
    }

    /// Code of every kind: spans, fenced blocks, and blocks that are indented.
    var code: [(number: Int, text: String)] {
        codeSpans + fenced.map { ($0.number, String($0.text)) }
            + prose.filter { $0.text.hasPrefix("    ") }.map { ($0.number, String($0.text)) }
    }

    /// Cells of every table row.
    var rows: [(number: Int, cells: [String])] {
        prose.filter { $0.text.hasPrefix("|") }.map { number, line in
            let inner = line.replacing("\\|", with: "¦").split(
                separator: "|", omittingEmptySubsequences: false
            ).dropFirst().dropLast()
            return (number, inner.map { $0.trimmed })
        }
    }

    /// The anchor of each heading as a reader's browser has it.
    var anchors: Set<String> {
        Set(
            prose.filter { $0.text.hasPrefix("#") }.map { line in
                line.text.drop { $0 == "#" }.trimmed.lowercased().compactMap { letter -> String? in
                    if letter == " " { return "-" }
                    return letter.isLetter || letter.isNumber || letter == "-" || letter == "_"
                        ? String(letter) : nil
                }.joined()
            })
    }
}

extension StringProtocol {
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
