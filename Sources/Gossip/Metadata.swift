package import GrepvineDistCore

/// What a member says about itself to everybody: small, changed rarely, replaced whole.
///
/// The topology's epoch and digest tell who is behind (P3); `clusterID` and `viewDigest` let
/// unformed nodes agree that they see one another (P5).
package struct Metadata: Hashable, Sendable {
    package var respPort: UInt16 = 0
    package var httpPort: UInt16 = 0
    /// At most 64 bytes each; longer labels are cut at a character when encoded.
    package var zone = ""
    package var host = ""
    /// Relative share of the data, 1 to 1000.
    package var weight: UInt16 = 100
    package var topologyEpoch: UInt64 = 0
    package var topologyDigest: UInt64 = 0
    /// Zero while the node belongs to no formed cluster.
    package var clusterID = NodeID(high: 0, low: 0)
    /// Hash of the set of members that the node sees live.
    package var viewDigest: UInt64 = 0
    /// Partitions that answer no read quorum yet (R5).
    package var recovering: UInt16 = 0
    /// Range of RPC versions that the node speaks.
    package var protocolMinimum: UInt16 = 1
    package var protocolMaximum: UInt16 = 1
    /// Whatever follows the known fields: the owner's own bytes, or a later version's fields,
    /// handed on untouched. At most `extraLimit` bytes.
    package var extra: [UInt8] = []

    package init() {}

    /// Versions of the protocol that the member speaks; one alone when it says nonsense.
    package var protocols: ClosedRange<UInt16> {
        protocolMinimum...max(protocolMinimum, protocolMaximum)
    }

    package static let extraLimit = 256

    package func encode(into writer: inout ByteWriter) {
        precondition(extra.count <= Self.extraLimit, "\(extra.count) bytes of extra metadata")
        writer.write(respPort)
        writer.write(httpPort)
        writer.write(weight)
        writer.write(recovering)
        writer.write(protocolMinimum)
        writer.write(protocolMaximum)
        writer.write(topologyEpoch)
        writer.write(topologyDigest)
        writer.write(viewDigest)
        writer.write(clusterID)
        writer.write(text: zone.cut(toBytes: GossipLimit.label))
        writer.write(text: host.cut(toBytes: GossipLimit.label))
        writer.write(raw: extra)
    }

    /// Nil unless the bytes hold every known field within its bound.
    package init?(_ bytes: ArraySlice<UInt8>) {
        var reader = ByteReader(bytes)
        guard bytes.count <= GossipLimit.metadata,
            let respPort = reader.readUInt16(), let httpPort = reader.readUInt16(),
            let weight = reader.readUInt16(), let recovering = reader.readUInt16(),
            let minimum = reader.readUInt16(), let maximum = reader.readUInt16(),
            let epoch = reader.readUInt64(), let digest = reader.readUInt64(),
            let view = reader.readUInt64(), let cluster = reader.readNodeID(),
            let zone = reader.readText(limit: GossipLimit.label),
            let host = reader.readText(limit: GossipLimit.label),
            reader.remaining <= Self.extraLimit,
            let extra = reader.read(count: reader.remaining)
        else { return nil }
        self.respPort = respPort
        self.httpPort = httpPort
        self.weight = weight
        self.recovering = recovering
        (protocolMinimum, protocolMaximum) = (minimum, maximum)
        (topologyEpoch, topologyDigest, viewDigest) = (epoch, digest, view)
        clusterID = cluster
        (self.zone, self.host) = (zone, host)
        self.extra = Array(extra)
    }
}

/// A member's metadata and how often the member has changed it in this life. Version 0 means that
/// only the member's standing has been heard so far.
package struct Profile: Hashable, Sendable {
    package var version: UInt64
    package var metadata: Metadata

    package init(version: UInt64, metadata: Metadata) {
        self.version = version
        self.metadata = metadata
    }

    package static let unheard = Profile(version: 0, metadata: Metadata())
}

extension String {
    /// The longest prefix of whole characters within so many bytes of UTF-8.
    func cut(toBytes limit: Int) -> String {
        var text = self
        while text.utf8.count > limit { text.removeLast() }
        return text
    }
}

extension ByteWriter {
    /// At most 255 bytes of UTF-8, after their count.
    mutating func write(text: String) { write(short: Array(text.utf8)) }

    mutating func write(_ id: NodeID) {
        write(id.high)
        write(id.low)
    }
}

extension ByteReader {
    mutating func readNodeID() -> NodeID? {
        guard let high = readUInt64(), let low = readUInt64() else { return nil }
        return NodeID(high: high, low: low)
    }

    /// Length-prefixed valid UTF-8 of at most `limit` bytes.
    mutating func readText(limit: Int) -> String? {
        guard let bytes = readShort(), bytes.count <= limit else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A boot epoch, incarnation or version that still leaves room to count on.
    mutating func readCounter() -> UInt64? {
        guard let counter = readUInt64(), counter <= GossipLimit.counter else { return nil }
        return counter
    }
}
