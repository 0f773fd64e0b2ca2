import GrepvineDistCore

/// The outside of every datagram, and the one place where it is put on and taken off. In clear:
/// magic, format, cluster name, body, CRC-32; of a heartbeat without the name. Sealed (S6): magic,
/// format, cluster name, key, nonce, body, tag; the edge that holds the keys fills in key, nonce
/// and tag and encrypts the body in place, so that all sizes are known here.
package struct GossipEnvelope: Sendable {
    package let cluster: String
    /// What `seal` puts around a body.
    package let isSealed: Bool

    package init(cluster: String, isSealed: Bool = false) {
        self.cluster = cluster
        self.isSealed = isSealed
    }

    /// What the fifth byte of a datagram says.
    package enum Format: UInt8, Sendable {
        case clear = 1
        case sealed = 2
        /// A hint to a stranger's log why nobody listens.
        case notice = 3
        /// A short ping or ack in clear.
        case heartbeat = 4
    }

    static let magic: UInt32 = 0x5047_5647  // "GVGP"
    static let checksumSize = 4

    /// Of bytes that begin like a datagram of ours, whatever follows.
    package static func format(of bytes: ArraySlice<UInt8>) -> Format? {
        var reader = ByteReader(bytes)
        guard reader.readUInt32() == magic, let number = reader.readUInt8() else { return nil }
        return Format(rawValue: number)
    }

    /// What is inside a datagram in clear, or why nobody can tell.
    package enum Opened: Equatable {
        case body(ArraySlice<UInt8>)
        case heartbeat(Heartbeat)
        /// Intact, but of another cluster. The body says whether it is itself a refusal.
        case otherCluster(String, body: ArraySlice<UInt8>)
        case otherFormat(UInt8)
        case damaged
    }

    /// Bytes that `seal` adds.
    package var overhead: Int {
        let head = 4 + 1 + 1 + cluster.utf8.count
        return head + (isSealed ? SealedLayout.added : Self.checksumSize)
    }

    package func seal(_ body: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: body.count + overhead)
        writer.write(Self.magic)
        writer.write(isSealed ? Format.sealed.rawValue : Format.clear.rawValue)
        writer.write(text: cluster)
        guard !isSealed else {
            writer.write(zeroes: SealedLayout.keySize + SealedLayout.nonceSize)
            writer.write(raw: body)
            writer.write(zeroes: SealedLayout.tagSize)
            return writer.bytes
        }
        writer.write(raw: body)
        writer.write(DatagramChecksum.checksum(writer.bytes[...]))
        return writer.bytes
    }

    /// The checksum begins with the cluster's name, which therefore need not be sent.
    package func seal(_ heartbeat: Heartbeat) -> [UInt8] {
        var writer = ByteWriter(capacity: 48)
        writer.write(Self.magic)
        writer.write(Format.heartbeat.rawValue)
        heartbeat.encode(into: &writer)
        writer.write(checksum(ofHeartbeat: writer.bytes[...]))
        return writer.bytes
    }

    private func checksum(ofHeartbeat content: ArraySlice<UInt8>) -> UInt32 {
        DatagramChecksum.checksum(Array(cluster.utf8) + content)
    }

    private func openHeartbeat(_ content: ArraySlice<UInt8>, _ checksum: UInt32?) -> Opened {
        var reader = ByteReader(content.dropFirst(5))
        guard checksum == self.checksum(ofHeartbeat: content),
            let heartbeat = Heartbeat(from: &reader)
        else { return .damaged }
        return .heartbeat(heartbeat)
    }

    package func open(_ datagram: ArraySlice<UInt8>) -> Opened {
        guard datagram.count > Self.checksumSize else { return .damaged }
        let content = datagram.dropLast(Self.checksumSize)
        var trailer = ByteReader(datagram.suffix(Self.checksumSize))
        var reader = ByteReader(content)
        let checksum = trailer.readUInt32()
        guard reader.readUInt32() == Self.magic, let format = reader.readUInt8()
        else { return .damaged }
        if format == Format.heartbeat.rawValue { return openHeartbeat(content, checksum) }
        guard checksum == DatagramChecksum.checksum(content) else { return .damaged }
        guard format == Format.clear.rawValue else { return .otherFormat(format) }
        guard let name = reader.readText(limit: GossipLimit.clusterName),
            let body = reader.read(count: reader.remaining)
        else { return .damaged }
        return name == cluster ? .body(body) : .otherCluster(name, body: body)
    }
}

/// CRC-32 as Ethernet and zlib have it. Finds every single flipped byte.
package enum DatagramChecksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
        }
    }

    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var state = UInt32.max
        for byte in bytes {
            state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8
        }
        return ~state
    }
}
