import GrepvineDistCore

/// Tells a stranger why nobody listens to it, so that both sides log it. Anybody could have sent
/// one: it changes nothing but counters and the log, and is never answered.
package struct GossipNotice: Hashable, Sendable {
    package enum Reason: UInt8, CaseIterable, Sendable {
        /// The sender of the notice takes sealed datagrams only.
        case wantsSealed = 1
        /// It has no keys.
        case hasNoKeys = 2
        /// It does not hold the key that the datagram names.
        case unknownKey = 3
        case otherCluster = 4
    }

    /// Of the sender.
    package let cluster: String
    package let reason: Reason

    package init(cluster: String, reason: Reason) {
        self.cluster = cluster
        self.reason = reason
    }

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 80)
        writer.write(GossipEnvelope.magic)
        writer.write(GossipEnvelope.Format.notice.rawValue)
        writer.write(text: cluster)
        writer.write(reason.rawValue)
        writer.write(DatagramChecksum.checksum(writer.bytes[...]))
        return writer.bytes
    }

    package init?(_ bytes: ArraySlice<UInt8>) {
        let content = bytes.dropLast(GossipEnvelope.checksumSize)
        var trailer = ByteReader(bytes.suffix(GossipEnvelope.checksumSize))
        var reader = ByteReader(content)
        guard trailer.readUInt32() == DatagramChecksum.checksum(content),
            reader.readUInt32() == GossipEnvelope.magic,
            reader.readUInt8() == GossipEnvelope.Format.notice.rawValue,
            let cluster = reader.readText(limit: GossipLimit.clusterName),
            let reason = reader.readUInt8().flatMap(Reason.init(rawValue:))
        else { return nil }
        self.init(cluster: cluster, reason: reason)
    }
}
