package import GrepvineDistCore

/// The number under which a datagram is sealed: 96 bits that begin at a random place in each life
/// of a node and count up by one for each datagram, so that no two under one key are ever equal.
package struct GossipNonce: Hashable, Comparable, Sendable {
    package let rawValue: UInt128

    /// The upper 32 bits are ignored.
    package init(_ number: UInt128) { rawValue = number & (1 << 96 - 1) }

    package init(high: UInt32, low: UInt64) { self.init(UInt128(high) << 64 | UInt128(low)) }

    package var high: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 64) }
    package var low: UInt64 { UInt64(truncatingIfNeeded: rawValue) }

    package static func < (left: GossipNonce, right: GossipNonce) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Twelve bytes, the least significant first.
    package var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 12)
        writer.write(low)
        writer.write(high)
        return writer.bytes
    }
}

/// Where the parts of a sealed datagram lie. Everything before the body is in clear and
/// authenticated with it.
package struct SealedLayout: Hashable, Sendable {
    package static let keySize = 4
    package static let nonceSize = 12
    package static let tagSize = 16
    static let added = keySize + nonceSize + tagSize

    package let cluster: String
    package let key: KeyID
    package let nonce: GossipNonce
    /// Offset of the key's name; the nonce follows it, then the body.
    package let keyStart: Int
    package let bodySize: Int

    package var nonceStart: Int { keyStart + Self.keySize }
    package var bodyStart: Int { nonceStart + Self.nonceSize }

    /// Nil for what is no sealed datagram. Total, and reserves nothing but the cluster's name.
    package init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.readUInt32() == GossipEnvelope.magic,
            reader.readUInt8() == GossipEnvelope.Format.sealed.rawValue,
            let cluster = reader.readText(limit: GossipLimit.clusterName)
        else { return nil }
        keyStart = bytes.count - reader.remaining
        guard let key = reader.readUInt32(), let low = reader.readUInt64(),
            let high = reader.readUInt32(), reader.remaining >= Self.tagSize
        else { return nil }
        self.cluster = cluster
        self.key = KeyID(rawValue: key)
        nonce = GossipNonce(high: high, low: low)
        bodySize = reader.remaining - Self.tagSize
    }
}
