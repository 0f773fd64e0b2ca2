import GrepvineDistCore
import GrepvineTransport

/// Commands about the node.
extension RESPSession {
    func server(
        _ verb: RESPVerb, _ arguments: Arguments, node: borrowing Node, output: inout IOBuffer,
        now: Moment
    ) {
        switch verb {
        case .info:
            let sections = arguments.dropFirst().map { text($0).lowercased() }
            let report = NodeReport.info(node, sections: sections, now: now)
            respond(&output) { $0.appendVerbatim(report, version) }
        case .config: config(arguments, node, &output)
        case .time:
            let milliseconds = now.wall.milliseconds
            respond(&output) {
                $0.appendArrayHeader(2)
                $0.appendBulk(String(milliseconds / 1000))
                $0.appendBulk(String(milliseconds % 1000 * 1000))
            }
        case .role:
            respond(&output) {
                $0.appendArrayHeader(3)
                $0.appendBulk("master")
                $0.appendInteger(0)
                $0.appendArrayHeader(0)
            }
        default: commands(arguments, &output)
        }
    }

    private func commands(_ arguments: Arguments, _ output: inout IOBuffer) {
        let word = arguments.count > 1 ? text(arguments[1]).uppercased() : ""
        let named = arguments.dropFirst(2).map { RESPVerb.spec($0) }
        switch word {
        case "": respond(&output) { append(RESPVerb.table, &$0) }
        case "COUNT": respond(&output) { $0.appendInteger(RESPVerb.table.count) }
        case "INFO": respond(&output) { append(named.isEmpty ? RESPVerb.table : named, &$0) }
        case "LIST":
            respond(&output) {
                $0.appendArrayHeader(RESPVerb.table.count)
                for spec in RESPVerb.table { $0.appendBulk(spec.name) }
            }
        case "DOCS":
            let specs = named.isEmpty ? RESPVerb.table : named.compactMap { $0 }
            respond(&output) { append(documentation: specs, &$0) }
        default:
            respond(&output) {
                $0.appendError("ERR unknown subcommand '\(word)'. Try COMMAND HELP.")
            }
        }
    }

    private func append(_ specs: [RESPCommandSpec?], _ output: inout IOBuffer) {
        output.appendArrayHeader(specs.count)
        for spec in specs {
            guard let spec else {
                output.appendNull(version)
                continue
            }
            output.appendArrayHeader(6)
            output.appendBulk(spec.name)
            output.appendInteger(spec.arity)
            output.appendSetHeader(1, version)
            output.appendSimpleString(spec.isWrite ? "write" : "readonly")
            output.appendInteger(spec.keys.first)
            output.appendInteger(spec.keys.last)
            output.appendInteger(spec.keys.step)
        }
    }

    private func append(documentation specs: [RESPCommandSpec], _ output: inout IOBuffer) {
        output.appendMapHeader(specs.count, version)
        for spec in specs {
            output.appendBulk(spec.name)
            output.appendMapHeader(2, version)
            output.appendBulk("summary")
            output.appendBulk(spec.summary)
            output.appendBulk("group")
            output.appendBulk(spec.group)
        }
    }

    /// The few settings that Redis's own tools ask for, under its names.
    private func config(
        _ arguments: Arguments, _ node: borrowing Node, _ output: inout IOBuffer
    ) {
        guard arguments.count >= 3, text(arguments[1]).uppercased() == "GET" else {
            return respond(&output) {
                $0.appendError("ERR CONFIG GET is what there is; set options when starting a node")
            }
        }
        let known = [
            ("appendonly", "no"),
            ("cluster-enabled", node.configuration.respMode == .cluster ? "yes" : "no"),
            ("databases", "1"), ("maxmemory", String(node.configuration.limits.memory ?? 0)),
            ("maxmemory-policy", node.configuration.limits.eviction.rawValue), ("save", ""),
        ]
        let patterns = arguments.dropFirst(2).map { Array($0) }
        let found = known.filter { name, _ in
            patterns.contains { KeyFilter.matches($0[...], Array(name.utf8)[...]) }
        }
        respond(&output) {
            $0.appendMapHeader(found.count, version)
            for (name, value) in found {
                $0.appendBulk(name)
                $0.appendBulk(value)
            }
        }
    }
}
