import GrepvineDistCore
import GrepvineTransport

/// Commands about the connection itself.
extension RESPSession {
    func connection(
        _ verb: RESPVerb, _ arguments: Arguments, node: borrowing Node, output: inout IOBuffer
    ) {
        switch verb {
        case .ping: ping(arguments, &output)
        case .echo: respond(&output) { $0.appendBulk(arguments[1]) }
        case .hello: hello(arguments, node, &output)
        case .auth:
            respond(&output) {
                $0.appendError(
                    "ERR AUTH <password> called without any password configured for the default"
                        + " user. Are you sure your configuration is correct?")
            }
        case .client: client(arguments, &output)
        case .select:
            respond(&output) {
                if text(arguments[1]) == "0" {
                    $0.appendOK()
                } else {
                    $0.appendError("ERR DB index is out of range")
                }
            }
        case .reset:
            (version, readLevel, writeLevel, clientName) = (.two, nil, nil, "")
            respond(&output) { $0.appendSimpleString("RESET") }
        case .quit:
            respond(&output) { $0.appendOK() }
            isOver = true
        case .consistency: consistency(arguments, node, &output)
        default: respond(&output) { $0.appendOK() }
        }
    }

    private func ping(_ arguments: Arguments, _ output: inout IOBuffer) {
        respond(&output) {
            switch arguments.count {
            case 1: $0.appendPong()
            case 2: $0.appendBulk(arguments[1])
            default: $0.appendError("ERR wrong number of arguments for 'ping' command")
            }
        }
    }

    private func hello(
        _ arguments: Arguments, _ node: borrowing Node, _ output: inout IOBuffer
    ) {
        var chosen = version
        if arguments.count > 1 {
            guard let number = UInt8(text(arguments[1])),
                let asked = RESPVersion(rawValue: number)
            else {
                return respond(&output) {
                    $0.appendError("NOPROTO unsupported protocol version")
                }
            }
            chosen = asked
        }
        var index = 2
        var name = clientName
        while index < arguments.count {
            switch text(arguments[index]).uppercased() {
            case "SETNAME" where index + 1 < arguments.count:
                name = text(arguments[index + 1])
                index += 2
            case "AUTH" where index + 2 < arguments.count:
                return respond(&output) {
                    $0.appendError(
                        "WRONGPASS invalid username-password pair or user is disabled.")
                }
            default:
                return respond(&output) {
                    $0.appendError("ERR Syntax error in HELLO option '\(text(arguments[index]))'")
                }
            }
        }
        (version, clientName) = (chosen, name)
        let isCluster = node.configuration.respMode == .cluster
        respond(&output) { greet(isCluster: isCluster, &$0) }
    }

    private func greet(isCluster: Bool, _ output: inout IOBuffer) {
        output.appendMapHeader(7, version)
        let fields = [("server", "redis"), ("version", ServerIdentity.redisVersion)]
        for (name, value) in fields {
            output.appendBulk(name)
            output.appendBulk(value)
        }
        output.appendBulk("proto")
        output.appendInteger(Int(version.rawValue))
        output.appendBulk("id")
        output.appendInteger(Int64(clamping: id))
        output.appendBulk("mode")
        output.appendBulk(isCluster ? "cluster" : "standalone")
        output.appendBulk("role")
        output.appendBulk("master")
        output.appendBulk("modules")
        output.appendArrayHeader(0)
    }

    private func client(_ arguments: Arguments, _ output: inout IOBuffer) {
        let word = text(arguments[1]).uppercased()
        switch (word, arguments.count) {
        case ("ID", 2): respond(&output) { $0.appendInteger(Int64(clamping: id)) }
        case ("GETNAME", 2):
            respond(&output) {
                clientName.isEmpty ? $0.appendNull(version) : $0.appendBulk(clientName)
            }
        case ("SETNAME", 3):
            let name = text(arguments[2])
            guard name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                return respond(&output) {
                    $0.appendError(
                        "ERR Client names cannot contain spaces, newlines or special characters.")
                }
            }
            clientName = name
            respond(&output) { $0.appendOK() }
        case ("SETINFO", 4):
            let value = text(arguments[3])
            if text(arguments[2]).uppercased() == "LIB-NAME" {
                library.name = value
            } else {
                library.version = value
            }
            respond(&output) { $0.appendOK() }
        case ("INFO", 2), ("LIST", 2...):
            respond(&output) { $0.appendVerbatim(description, version) }
        case ("NO-EVICT", 3), ("NO-TOUCH", 3), ("CAPA", 3...):
            respond(&output) { $0.appendOK() }
        default:
            respond(&output) {
                $0.appendError(
                    "ERR unknown subcommand or wrong number of arguments for '\(word)'."
                        + " Try CLIENT HELP.")
            }
        }
    }

    private var description: String {
        "id=\(id) addr=\(address) name=\(clientName) resp=\(version.rawValue)"
            + " lib-name=\(library.name) lib-ver=\(library.version)\n"
    }

    /// CONSISTENCY, CONSISTENCY LEVEL, CONSISTENCY READ LEVEL, CONSISTENCY WRITE LEVEL.
    private func consistency(
        _ arguments: Arguments, _ node: borrowing Node, _ output: inout IOBuffer
    ) {
        if arguments.count == 1 {
            let read = readLevel ?? node.configuration.readConsistency
            let write = writeLevel ?? node.configuration.writeConsistency
            return respond(&output) {
                $0.appendMapHeader(2, version)
                $0.appendBulk("read")
                $0.appendBulk(read.rawValue)
                $0.appendBulk("write")
                $0.appendBulk(write.rawValue)
            }
        }
        let target = arguments.count == 3 ? text(arguments[1]).uppercased() : "BOTH"
        guard arguments.count <= 3, let level = Consistency(text(arguments.last!)),
            ["READ", "WRITE", "BOTH"].contains(target)
        else {
            return respond(&output) {
                $0.appendError("ERR CONSISTENCY takes [READ|WRITE] ONE|QUORUM|ALL")
            }
        }
        if target != "WRITE" { readLevel = level }
        if target != "READ" { writeLevel = level }
        respond(&output) { $0.appendOK() }
    }
}

/// What the node says that it is.
package enum ServerIdentity {
    package static let version = "0.1.0"
    /// The Redis whose commands and replies the RESP face follows.
    static let redisVersion = "7.2.0"
}
