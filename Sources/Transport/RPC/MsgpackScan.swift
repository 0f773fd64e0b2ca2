/// Walks the structure of msgpack without building anything, before msgpack-c may see it: that
/// library reserves what a header claims, so 200 hostile bytes could make it reserve gigabytes.
package enum MsgpackScan {
    /// msgpack-c's own parsing stack has 32 places, one of which the value itself needs.
    package static let maximumDepth = 31
    /// Each value takes 24 bytes once unpacked.
    package static let defaultLimit = 1 << 20

    /// Throws unless `bytes` is a sequence of whole values within the limits.
    package static func check(
        _ bytes: UnsafeRawBufferPointer, limit: Int = defaultLimit
    ) throws(MsgpackError) {
        var walk = Walk(bytes: bytes, budget: limit, limit: limit)
        while walk.offset < bytes.count { try walk.value(depth: 0) }
    }
}

private struct Walk {
    let bytes: UnsafeRawBufferPointer
    var offset = 0
    /// Values that may still come.
    var budget: Int
    let limit: Int

    init(bytes: UnsafeRawBufferPointer, budget: Int, limit: Int) {
        self.bytes = bytes
        self.budget = budget
        self.limit = limit
    }

    /// Recurses only below arrays and maps, so never deeper than the depth it checks.
    mutating func value(depth: Int) throws(MsgpackError) {
        guard budget > 0 else { throw .tooManyValues(limit: limit) }
        budget -= 1
        let type = UInt8(try number(1))
        switch type {
        case 0x00...0x7f, 0xc0, 0xc2, 0xc3, 0xe0...0xff: return
        case 0x80...0x8f: try elements(Int(type & 0x0f) * 2, depth)
        case 0x90...0x9f: try elements(Int(type & 0x0f), depth)
        case 0xa0...0xbf: try skip(Int(type & 0x1f))
        case 0xc4, 0xd9: try skip(try number(1))
        case 0xc5, 0xda: try skip(try number(2))
        case 0xc6, 0xdb: try skip(try number(4))
        case 0xcc, 0xd0: try skip(1)
        case 0xcd, 0xd1: try skip(2)
        case 0xca, 0xce, 0xd2: try skip(4)
        case 0xcb, 0xcf, 0xd3: try skip(8)
        case 0xdc: try elements(try number(2), depth)
        case 0xdd: try elements(try number(4), depth)
        case 0xde: try elements(try number(2) * 2, depth)
        case 0xdf: try elements(try number(4) * 2, depth)
        default: throw .unsupported(type)
        }
    }

    private mutating func elements(_ count: Int, _ depth: Int) throws(MsgpackError) {
        guard depth < MsgpackScan.maximumDepth else { throw .tooDeep }
        // Every element takes at least one byte.
        guard count <= bytes.count - offset else { throw .truncated }
        guard count <= budget else { throw .tooManyValues(limit: limit) }
        for _ in 0..<count { try value(depth: depth + 1) }
    }

    private mutating func skip(_ count: Int) throws(MsgpackError) {
        guard count <= bytes.count - offset else { throw .truncated }
        offset += count
    }

    /// A big-endian number of `size` bytes.
    private mutating func number(_ size: Int) throws(MsgpackError) -> Int {
        guard size <= bytes.count - offset else { throw .truncated }
        var number = 0
        for _ in 0..<size {
            number = number << 8 | Int(bytes[offset])
            offset += 1
        }
        return number
    }
}
