/// Help, generated from the tables of commands and settings.
enum HelpPage {
    private static let width = 100

    static var overview: String {
        let widest = Command.all.map { usage($0).count }.max() ?? 0
        var text = """
            grepvine: a leaderless peer-to-peer cache for keys and documents that you can grep.

            Usage: grepvine COMMAND [FLAGS] [ARGUMENTS]

            """
        for command in Command.all {
            text += "\n  " + padded(usage(command), widest) + "  " + command.summary
        }
        text += """


            `grepvine help COMMAND` tells more. Every setting can be a flag, a variable that begins
            with GREPVINE_, or a key in the file that --config names; the first of these that says
            something wins.
            Exit codes: 0 done, 1 the answer is no, 2 wrong use or error, 3 part of the answer is
            missing, 4 no node answered.

            """
        return text
    }

    static func page(for command: Command) -> String {
        var text = "Usage: grepvine \(command.name) [FLAGS] \(command.arguments)".trimmed + "\n\n"
        text += wrapped(command.summary, indent: 0) + "\n"
        for paragraph in command.details {
            text += "\n" + wrapped(paragraph, indent: 0) + "\n"
        }
        for section in Setting.Section.allCases {
            let settings = command.settings.filter { $0.section == section }
            guard !settings.isEmpty else { continue }
            text += "\n\(section.rawValue):\n" + settings.map(entry).joined()
        }
        return text
    }

    private static func usage(_ command: Command) -> String {
        "\(command.name) \(command.arguments)".trimmed
    }

    private static func entry(_ setting: Setting) -> String {
        var line = setting.short.map { "  -\($0), " } ?? "      "
        line += "--\(setting.flag)"
        if let placeholder = setting.kind.placeholder { line += " \(placeholder)" }
        if let off = setting.shortOff { line += ", -\(off), --no-\(setting.flag)" }
        var notes: [String] = []
        if case .text(let text) = setting.fallback, !text.isEmpty {
            notes.append("default: \(text)")
        }
        if case .byPreset(let local, let lan, let wan) = setting.fallback {
            notes.append(
                Set([local, lan, wan]).count == 1
                    ? "default: \(lan)" : "default: local \(local), lan \(lan), wan \(wan)")
        }
        if let name = setting.environmentName { notes.append(name) }
        let help = setting.help + (notes.isEmpty ? "" : " [\(notes.joined(separator: ", "))]")
        return line + "\n" + wrapped(help, indent: 10) + "\n"
    }

    private static func wrapped(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = margin
        for word in text.split(separator: " ") {
            if line.count > indent, line.count + 1 + word.count > width {
                lines.append(line)
                line = margin
            }
            line += (line.count > indent ? " " : "") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
