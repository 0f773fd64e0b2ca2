import GrepvineDistCore

/// The outside of every datagram, and the one place where it is put on and taken off: magic,
/// format, cluster name, body, CRC-32. Encryption (S6) wraps the body here and nowhere else.
package struct GossipEnvelope: Sendable {
    package let cluster: String

    package init(cluster: String) { self.cluster = cluster }

    private static let magic: UInt32 = 0x5047_5647  // "GVGP"
    private static let format: UInt8 = 1
    private static let checksumSize = 4

    /// What is inside a datagram, or why nobody can tell.
    package enum Opened: Equatable {
        case body(ArraySlice<UInt8>)
        /// Intact, but of another cluster. The body says whether it is itself a refusal.
        case otherCluster(String, body: ArraySlice<UInt8>)
        case otherFormat(UInt8)
        case damaged
    }

    /// Bytes that `seal` adds.
    package var overhead: Int { 4 + 1 + 1 + cluster.utf8.count + Self.checksumSize }

    package func seal(_ body: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: body.count + overhead)
        writer.write(Self.magic)
        writer.write(Self.format)
        writer.write(text: cluster)
        writer.write(raw: body)
        writer.write(DatagramChecksum.checksum(writer.bytes[...]))
        return writer.bytes
    }

    package func open(_ datagram: ArraySlice<UInt8>) -> Opened {
        guard datagram.count > Self.checksumSize else { return .damaged }
        let content = datagram.dropLast(Self.checksumSize)
        var trailer = ByteReader(datagram.suffix(Self.checksumSize))
        var reader = ByteReader(content)
        guard reader.readUInt32() == Self.magic,
            trailer.readUInt32() == DatagramChecksum.checksum(content),
            let format = reader.readUInt8()
        else { return .damaged }
        guard format == Self.format else { return .otherFormat(format) }
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
