import GrepvineClient
import GrepvineDistCore

/// A client made from the flags of a command, for as long as its work takes.
struct ClusterAccess: Sendable {
    private var configuration: ClientConfiguration

    init(_ values: Values, name: String) {
        configuration = ClientConfiguration(seeds: values.addresses("server"))
        configuration.name = "grepvine \(name)"
        switch name {
        case "grep": configuration.grepTimeout = values.duration("timeout")
        // There the time is for all of it, and each answer has the usual one.
        case "await-sync": break
        default: configuration.timeout = values.duration("timeout")
        }
    }

    /// The same cluster, but everything goes to its first node.
    var proxied: ClusterAccess {
        var copy = self
        if let first = configuration.seeds.first { copy.configuration.routing = .proxy(first) }
        return copy
    }

    /// Values of this many bytes must fit into one frame.
    func carrying(_ bytes: Int) -> ClusterAccess {
        var copy = self
        copy.configuration.maxFrame = max(configuration.maxFrame, bytes + 1 << 20)
        return copy
    }

    /// Any failure that leaves `body` becomes a message and an exit code.
    func use<Answer>(_ body: (Client) async throws -> Answer) async throws -> Answer {
        do {
            return try await withClient(configuration, body)
        } catch let failure as Failure {
            throw Stop(failure)
        }
    }
}

extension Stop {
    /// A failure as people see it: what happened, and whether it may have happened all the same.
    /// One that names a version says so by itself.
    init(_ failure: Failure) {
        let isPlain = failure.isDefinite || failure.version != nil
        let doubt = isPlain ? "" : "; it may have been done all the same"
        let isUnreachable = failure.code == .disconnected || failure.code == .unreachable
        self.init(
            "\(failure.code.rawValue): \(failure.message)\(doubt)",
            isUnreachable ? .unreachable : .failure)
    }
}

extension Invocation {
    var cluster: ClusterAccess { ClusterAccess(values, name: command.name) }
    var key: Key { Key(arguments[0]) }
}
