package import GrepvineDistCore

/// The versions of the protocol that this build speaks.
package enum ProtocolVersion {
    package static let supported: ClosedRange<UInt16> = 1...1

    /// The highest version that both sides speak; nil when there is none.
    package static func common(
        _ ours: ClosedRange<UInt16>, _ theirs: ClosedRange<UInt16>
    ) -> UInt16? {
        let highest = min(ours.upperBound, theirs.upperBound)
        return highest >= max(ours.lowerBound, theirs.lowerBound) ? highest : nil
    }

    /// What is left of the supported versions when all members speak `common` at most; all of them
    /// when it is unknown or not among them, as while a member is too old.
    package static func spoken(
        among common: UInt16?, of supported: ClosedRange<UInt16> = supported
    ) -> ClosedRange<UInt16> {
        guard let common, supported.contains(common) else { return supported }
        return supported.lowerBound...common
    }
}

/// The first thing that the connecting side says: who it is and what it expects to find.
package struct Hello: Hashable, Sendable {
    package enum Role: UInt8, Sendable {
        case client = 0
        case node = 1
    }

    package var protocols: ClosedRange<UInt16>
    package var role: Role
    /// The cluster's name. Empty means any, and only a client may say that (P5).
    package var cluster: String
    /// Nil until the speaker has joined a cluster, and for clients.
    package var clusterID: NodeID?
    /// Nil for clients.
    package var node: NodeID?
    package var bootEpoch: UInt64
    /// A node's name, or what a client wants to be called in logs.
    package var name: String

    package init(
        protocols: ClosedRange<UInt16> = ProtocolVersion.supported, role: Role, cluster: String,
        clusterID: NodeID? = nil, node: NodeID? = nil, bootEpoch: UInt64 = 0, name: String
    ) {
        self.protocols = protocols
        self.role = role
        self.cluster = cluster
        self.clusterID = clusterID
        self.node = node
        self.bootEpoch = bootEpoch
        self.name = name
    }
}

/// The answer to a hello that opens the connection.
package struct Welcome: Hashable, Sendable {
    /// The version that both sides speak from here on.
    package var protocolVersion: UInt16
    package var cluster: String
    /// Nil while the node has not joined a cluster.
    package var clusterID: NodeID?
    package var node: NodeID
    package var name: String
    /// The epoch of the topology that the node holds, 0 when it has none.
    package var epoch: UInt64

    package init(
        protocolVersion: UInt16, cluster: String, clusterID: NodeID?, node: NodeID, name: String,
        epoch: UInt64
    ) {
        self.protocolVersion = protocolVersion
        self.cluster = cluster
        self.clusterID = clusterID
        self.node = node
        self.name = name
        self.epoch = epoch
    }
}

/// The answer to a hello that ends the connection.
package struct Refused: Hashable, Sendable {
    package var failure: Failure

    package init(_ failure: Failure) { self.failure = failure }

    /// The two sides belong to different clusters: both names, and both ids when the names are
    /// equal and only the ids differ.
    package static func wrongCluster(
        ours: String, oursID: NodeID?, theirs: String, theirsID: NodeID?
    ) -> Refused {
        let idsDiffer = ours == theirs
        let our = name(ours, idsDiffer ? oursID : nil)
        let their = name(theirs, idsDiffer ? theirsID : nil)
        return Refused(
            Failure(
                .wrongCluster,
                "this node belongs to cluster \(our), the caller expected cluster \(their)"))
    }

    /// No version is spoken by both sides: both ranges.
    package static func unsupportedProtocol(
        ours: ClosedRange<UInt16>, theirs: ClosedRange<UInt16>
    ) -> Refused {
        Refused(
            Failure(
                .unsupportedProtocol,
                "this node speaks protocol versions \(ours.lowerBound) to \(ours.upperBound), "
                    + "the caller \(theirs.lowerBound) to \(theirs.upperBound)"))
    }

    private static func name(_ cluster: String, _ id: NodeID?) -> String {
        if let id { "\"\(cluster)\" (\(id))" } else { "\"\(cluster)\"" }
    }
}

extension Failure.Code {
    /// The two sides share no version of the protocol.
    package static let unsupportedProtocol = Failure.Code(rawValue: "unsupported-protocol")
}
