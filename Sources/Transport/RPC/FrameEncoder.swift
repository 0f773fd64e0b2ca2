extension IOBuffer {
    /// Starts a frame: append the body next, then `endFrame` with what this returned.
    package mutating func beginFrame() -> Int {
        let mark = count
        _ = prepare(FrameHeader.size)
        commit(FrameHeader.size)
        return mark
    }

    /// Writes the header of the frame that began at `mark`, now that its body is known.
    package mutating func endFrame(_ mark: Int, _ header: FrameHeader) {
        let length = count - mark
        precondition(length >= FrameHeader.size, "frame of \(length) bytes ends before it began")
        let base = readable.baseAddress.unsafelyUnwrapped + mark
        header.write(to: base, length: length)
        let crc = FrameDecoder.checksum(base, length: length)
        base.storeBytes(
            of: crc.littleEndian, toByteOffset: FrameHeader.checksumOffset, as: UInt32.self)
    }

    /// One frame with `body` as it is.
    package mutating func appendFrame(_ header: FrameHeader, body: UnsafeRawBufferPointer) {
        reserve(FrameHeader.size + body.count)
        let mark = beginFrame()
        append(body)
        endFrame(mark, header)
    }

    package mutating func appendFrame(_ header: FrameHeader, body: [UInt8]) {
        body.withUnsafeBytes { appendFrame(header, body: $0) }
    }

    /// One frame whose body lies in two places, joined without a copy in between.
    package mutating func appendFrame(
        _ header: FrameHeader, body first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer
    ) {
        reserve(FrameHeader.size + first.count + second.count)
        let mark = beginFrame()
        append(first)
        append(second)
        endFrame(mark, header)
    }

    /// One frame with `body` compressed when that makes it smaller.
    package mutating func appendFrame(
        _ header: FrameHeader, body: UnsafeRawBufferPointer, compressor: BodyCompressor
    ) {
        guard let smaller = compressor.compress(body) else {
            return appendFrame(header, body: body)
        }
        var header = header
        header.flags.insert(.compressed)
        appendFrame(header, body: smaller)
    }
}

/// Whole frames as arrays, for code that is not on the hot path.
package enum FrameEncoder {
    package static func encode(_ header: FrameHeader, body: [UInt8]) -> [UInt8] {
        var buffer = IOBuffer(capacity: FrameHeader.size + body.count)
        buffer.appendFrame(header, body: body)
        return buffer.bytes
    }
}
