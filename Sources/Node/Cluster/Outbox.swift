import GrepvineTransport

/// A growing run of encoded frames with a bound (W6).
package final class Outbox {
    private let limit: Int
    private var frames = IOBuffer()
    /// Set while bodies for this peer are made smaller on the way.
    var compressor: BodyCompressor?
    /// Bytes of bodies that were compressed, before and after.
    package private(set) var compressed = (before: UInt64(0), after: UInt64(0))
    /// Frames that did not fit.
    package private(set) var dropped: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    package var isEmpty: Bool { frames.isEmpty }

    package var count: Int { frames.count }

    /// False when the frame did not fit: it will certainly not be sent.
    func append(_ header: FrameHeader, _ body: [UInt8]) -> Bool {
        guard frames.count + FrameHeader.size + body.count <= limit else {
            dropped += 1
            return false
        }
        guard let compressor, body.count >= BodyCompressor.threshold else {
            frames.appendFrame(header, body: body)
            return true
        }
        let start = frames.count
        body.withUnsafeBytes { frames.appendFrame(header, body: $0, compressor: compressor) }
        compressed.before += UInt64(body.count)
        compressed.after += UInt64(frames.count - start - FrameHeader.size)
        return true
    }

    /// Hands the bytes to `send` and forgets them.
    package func drain(_ send: (UnsafeRawBufferPointer) -> Void) {
        send(UnsafeRawBufferPointer(frames.readable))
        frames.removeAll()
        frames.shrink(keeping: 1 << 20)
    }

    func removeAll() { frames.removeAll() }
}
