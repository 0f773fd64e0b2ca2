/// What is known about a body before it is looked at.
package struct FrameFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The body is zlib data behind its inflated size (see `BodyCompressor`).
    package static let compressed = FrameFlags(rawValue: 1)

    static let known: FrameFlags = [.compressed]
}

/// Which distributed trace a frame belongs to (W3C trace context); all zero for none.
package struct TraceContext: Hashable, Sendable {
    package var traceHigh: UInt64
    package var traceLow: UInt64
    package var span: UInt64

    package init(traceHigh: UInt64, traceLow: UInt64, span: UInt64) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
    }

    package static let none = TraceContext(traceHigh: 0, traceLow: 0, span: 0)
}

/// The fixed part of a frame: 64 bytes, little-endian.
///
///     0 length u32 · 4 kind u8 · 5 flags u8 · 6 version u8 · 7 zero
///     8 request u64 · 16 epoch u64 · 24 clock u64 · 32 deadline u32 · 36 crc32c u32
///     40 trace 16 bytes · 56 span 8 bytes · 64 body
///
/// `length` is that of the whole frame; the checksum covers header and body with itself as zero.
package struct FrameHeader: Hashable, Sendable {
    package static let size = 64
    package static let currentVersion: UInt8 = 1
    /// 16 MiB: what a frame may be unless the decoder is told otherwise.
    package static let defaultLimit = 16 << 20

    package var kind: UInt8
    package var flags: FrameFlags
    package var version: UInt8
    package var requestID: UInt64
    /// The sender's topology epoch (P4).
    package var epoch: UInt64
    /// The sender's hybrid logical clock (V1).
    package var clock: UInt64
    /// Milliseconds that the sender will still wait; 0 for no deadline.
    package var deadline: UInt32
    package var trace: TraceContext

    package init(
        kind: UInt8, requestID: UInt64, epoch: UInt64 = 0, clock: UInt64 = 0,
        deadline: UInt32 = 0, trace: TraceContext = .none, flags: FrameFlags = [],
        version: UInt8 = FrameHeader.currentVersion
    ) {
        self.kind = kind
        self.flags = flags
        self.version = version
        self.requestID = requestID
        self.epoch = epoch
        self.clock = clock
        self.deadline = deadline
        self.trace = trace
    }
}

extension FrameHeader {
    /// Offset of the checksum.
    static let checksumOffset = 36

    /// Reads the fields of `size` bytes; does not judge them.
    init(reading bytes: UnsafeRawPointer) {
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        kind = bytes.load(fromByteOffset: 4, as: UInt8.self)
        flags = FrameFlags(rawValue: bytes.load(fromByteOffset: 5, as: UInt8.self))
        version = bytes.load(fromByteOffset: 6, as: UInt8.self)
        requestID = word(8)
        epoch = word(16)
        clock = word(24)
        deadline = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt32.self))
        trace = TraceContext(traceHigh: word(40), traceLow: word(48), span: word(56))
    }

    /// Writes `size` bytes with a zero checksum.
    func write(to bytes: UnsafeMutableRawPointer, length: Int) {
        func put(_ number: UInt64, _ offset: Int) {
            bytes.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        bytes.storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
        bytes.storeBytes(of: kind, toByteOffset: 4, as: UInt8.self)
        bytes.storeBytes(of: flags.rawValue, toByteOffset: 5, as: UInt8.self)
        bytes.storeBytes(of: version, toByteOffset: 6, as: UInt8.self)
        bytes.storeBytes(of: 0, toByteOffset: 7, as: UInt8.self)
        put(requestID, 8)
        put(epoch, 16)
        put(clock, 24)
        put(UInt64(deadline), 32)
        put(trace.traceHigh, 40)
        put(trace.traceLow, 48)
        put(trace.span, 56)
    }
}
