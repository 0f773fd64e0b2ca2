import CLinux

/// Why bytes are not a frame. The connection that sent them cannot be trusted any more.
package enum FrameError: Error, Hashable, Sendable {
    case tooShort(declared: Int)
    case tooLong(declared: Int, limit: Int)
    case unsupportedVersion(UInt8)
    case reservedBits
    case badChecksum
}

extension FrameError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooShort(let declared):
            "frame of \(declared) bytes, the header alone has \(FrameHeader.size)"
        case .tooLong(let declared, let limit):
            "frame of \(declared) bytes, the limit is \(limit)"
        case .unsupportedVersion(let version):
            "frame version \(version), this node speaks \(FrameHeader.currentVersion)"
        case .reservedBits: "frame with unknown flags"
        case .badChecksum: "frame with a wrong checksum"
        }
    }
}

package enum FrameOutcome {
    /// Wait until there are this many bytes in all.
    case needMore(Int)
    /// The body points into the bytes that were given; consume `length` when done with it.
    case frame(FrameHeader, body: UnsafeRawBufferPointer, length: Int)
    case invalid(FrameError)
}

/// Cuts a stream into frames. Holds nothing and reserves nothing: a length is judged before
/// anyone waits for it.
package struct FrameDecoder: Sendable {
    /// The largest whole frame, in bytes.
    package let limit: Int

    package init(limit: Int = FrameHeader.defaultLimit) {
        precondition(limit >= FrameHeader.size && limit <= Int(UInt32.max), "frame limit \(limit)")
        self.limit = limit
    }

    /// The frame at the start of `bytes`.
    package func decode(_ bytes: UnsafeRawBufferPointer) -> FrameOutcome {
        guard bytes.count >= 4, let base = bytes.baseAddress else {
            return .needMore(FrameHeader.size)
        }
        let length = Int(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self)))
        guard length >= FrameHeader.size else { return .invalid(.tooShort(declared: length)) }
        guard length <= limit else { return .invalid(.tooLong(declared: length, limit: limit)) }
        guard bytes.count >= FrameHeader.size else { return .needMore(length) }
        let header = FrameHeader(reading: base)
        if let error = Self.fault(in: header, reserved: bytes[7]) { return .invalid(error) }
        guard bytes.count >= length else { return .needMore(length) }
        guard Self.checksum(base, length: length) == Self.storedChecksum(base) else {
            return .invalid(.badChecksum)
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size..<length])
        return .frame(header, body: body, length: length)
    }

    private static func fault(in header: FrameHeader, reserved: UInt8) -> FrameError? {
        guard header.version == FrameHeader.currentVersion else {
            return .unsupportedVersion(header.version)
        }
        guard reserved == 0, header.flags.isSubset(of: .known) else { return .reservedBits }
        return nil
    }

    private static func storedChecksum(_ base: UnsafeRawPointer) -> UInt32 {
        UInt32(
            littleEndian: base.loadUnaligned(
                fromByteOffset: FrameHeader.checksumOffset, as: UInt32.self))
    }

    /// CRC32C of a frame, taking its checksum field for zero.
    static func checksum(_ base: UnsafeRawPointer, length: Int) -> UInt32 {
        let offset = FrameHeader.checksumOffset
        var zero: UInt32 = 0
        var crc = grepvine_crc32c(0, base, offset)
        crc = grepvine_crc32c(crc, &zero, 4)
        return grepvine_crc32c(crc, base + offset + 4, length - offset - 4)
    }
}
