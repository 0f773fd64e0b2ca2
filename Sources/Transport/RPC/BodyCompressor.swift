import CZlib

/// Makes large bodies smaller. One stream is kept and reset: setting one up costs many times
/// more than compressing a kilobyte. The output is the inflated size (u32, little-endian) and
/// then zlib data.
package final class BodyCompressor {
    /// Smaller bodies are not worth the time.
    package static let threshold = 1024
    static let prefix = 4

    private let stream: UnsafeMutablePointer<z_stream>
    private var output = IOBuffer()

    package init() {
        stream = .allocate(capacity: 1)
        let code = grepvine_deflate_init(stream, 1)
        precondition(code == Z_OK, "deflateInit2: \(code)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed body, or nil when it is below the threshold or would not shrink. Valid until
    /// the next call, while this compressor lives.
    package func compress(_ body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard body.count >= Self.threshold, body.count <= Int(UInt32.max) else { return nil }
        deflateReset(stream)
        output.removeAll()
        // Room for one byte less than the body: what does not fit did not help.
        let room = output.prepare(body.count - 1)
        room.storeBytes(of: UInt32(body.count).littleEndian, as: UInt32.self)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: body.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(body.count)
        stream.pointee.next_out = (room.baseAddress.unsafelyUnwrapped + Self.prefix)
            .assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(body.count - 1 - Self.prefix)
        guard deflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
        output.commit(Self.prefix + Int(stream.pointee.total_out))
        return UnsafeRawBufferPointer(output.readable)
    }

    /// Gives back the scratch memory after an unusually large body.
    package func shrink(keeping kept: Int = 1 << 20) {
        output.removeAll()
        output.shrink(keeping: kept)
    }
}

/// Why a compressed body was refused.
package enum BodyError: Error, Hashable, Sendable {
    case truncated
    case tooLarge(declared: Int, limit: Int)
    case corrupt
}

extension BodyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated: "compressed body without a size"
        case .tooLarge(let declared, let limit):
            "compressed body inflates to \(declared) bytes, the limit is \(limit)"
        case .corrupt: "compressed body is corrupt"
        }
    }
}

/// Undoes `BodyCompressor`. Total: the declared size is checked before it is reserved, against
/// the limit and against what this much input can possibly hold.
package final class BodyDecompressor {
    /// Deflate cannot expand by more than this.
    private static let maximumRatio = 1032

    private let stream: UnsafeMutablePointer<z_stream>
    private var output = IOBuffer()

    package init() {
        stream = .allocate(capacity: 1)
        let code = grepvine_inflate_init(stream)
        precondition(code == Z_OK, "inflateInit2: \(code)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// How much memory it holds on to.
    package var capacity: Int { output.capacity }

    /// The body as it was, valid until the next call, while this decompressor lives.
    package func decompress(
        _ body: UnsafeRawBufferPointer, limit: Int = FrameHeader.defaultLimit
    ) throws(BodyError) -> UnsafeRawBufferPointer {
        guard body.count >= BodyCompressor.prefix else { throw .truncated }
        let size = Int(UInt32(littleEndian: body.loadUnaligned(as: UInt32.self)))
        guard size <= limit else { throw .tooLarge(declared: size, limit: limit) }
        let data = UnsafeRawBufferPointer(rebasing: body[BodyCompressor.prefix...])
        guard data.count > 0, size <= data.count * Self.maximumRatio else { throw .corrupt }
        output.removeAll()
        try inflate(data, into: output.prepare(size), size: size)
        output.commit(size)
        return UnsafeRawBufferPointer(output.readable)
    }

    private func inflate(
        _ data: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer, size: Int
    ) throws(BodyError) {
        inflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: data.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(data.count)
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(size)
        guard CZlib.inflate(stream, Z_FINISH) == Z_STREAM_END, stream.pointee.avail_in == 0,
            Int(stream.pointee.total_out) == size
        else { throw .corrupt }
    }

    /// Gives back the scratch memory after an unusually large body.
    package func shrink(keeping kept: Int = 1 << 20) {
        output.removeAll()
        output.shrink(keeping: kept)
    }
}
