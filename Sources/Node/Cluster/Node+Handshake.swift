package import GrepvineDistCore
import GrepvineGossip
package import GrepvineTransport

/// Who may talk to this node: peers and clients of its own cluster (P5).
extension Node {
    /// What this node says first when it connects to a peer.
    package func hello() -> Hello {
        Hello(
            role: .node, cluster: configuration.cluster, clusterID: topology?.clusterID, node: id,
            bootEpoch: bootEpoch, name: configuration.name)
    }

    /// What it answers to somebody who connects.
    package mutating func greet(
        _ hello: Hello, from address: String
    ) -> Result<Welcome, RefusedError> {
        if let refusal = refusal(of: hello) {
            metrics.handshakesRefused += 1
            log(
                .warning, "handshake-refused",
                [
                    "caller": .text(hello.name), "address": .text(address),
                    "reason": .text(refusal.failure.message),
                ])
            return .failure(RefusedError(refused: refusal))
        }
        let version = ProtocolVersion.common(spoken(to: hello), hello.protocols) ?? 1
        return .success(
            Welcome(
                protocolVersion: version, cluster: configuration.cluster,
                clusterID: topology?.clusterID, node: id, name: configuration.name,
                epoch: topology?.epoch ?? 0))
    }

    /// To other nodes no newer version than all live members know: until the last one is upgraded,
    /// the cluster speaks as before.
    private func spoken(to hello: Hello) -> ClosedRange<UInt16> {
        hello.role == .node
            ? ProtocolVersion.spoken(among: gossip.commonProtocol) : ProtocolVersion.supported
    }

    private func refusal(of hello: Hello) -> Refused? {
        let ours = ProtocolVersion.supported
        guard ProtocolVersion.common(ours, hello.protocols) != nil else {
            return .unsupportedProtocol(ours: ours, theirs: hello.protocols)
        }
        let takesAny = hello.cluster.isEmpty && hello.node == nil
        let isForeign = hello.cluster != configuration.cluster && !takesAny
        let otherID = hello.clusterID.map { $0 != topology?.clusterID ?? $0 } ?? false
        if isForeign || otherID {
            return .wrongCluster(
                ours: configuration.cluster, oursID: topology?.clusterID, theirs: hello.cluster,
                theirsID: hello.clusterID)
        }
        guard hello.node == id else { return nil }
        return Refused(
            Failure(
                .badRequest,
                "the caller \(hello.name) has the id of this node, \(configuration.name); give"
                    + " each node its own name or data directory"))
    }

    /// A peer turned this node away: its words, once per attempt.
    package mutating func refused(by peer: NodeID, _ failure: Failure) {
        log(
            .warning, "refused-by-peer",
            ["peer": .text(name(of: peer)), "reason": .text(failure.message)])
    }
}

/// A refusal as the failure of a `Result`.
package struct RefusedError: Error {
    package let refused: Refused
}
