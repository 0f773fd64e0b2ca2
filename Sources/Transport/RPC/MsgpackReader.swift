import CMsgpack

/// Reads what `MsgpackWriter` packs, in the same order: each call takes the next value, and after
/// an array or a map header the next values are its elements. Total: `MsgpackScan` judges the
/// bytes before msgpack-c unpacks them.
package struct MsgpackReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    private let ownsBytes: Bool
    private let unpacker: OpaquePointer
    private var offset = 0
    /// Where reading goes on in each array or map that is open, innermost last.
    private var open: [Level] = []

    private struct Level {
        var next: UnsafePointer<msgpack_object>
        var remaining: Int
    }

    /// Reads `bytes` in place: they must stay as they are for as long as the reader lives.
    package init(
        borrowing bytes: UnsafeRawBufferPointer, limit: Int = MsgpackScan.defaultLimit
    ) throws(MsgpackError) {
        try MsgpackScan.check(bytes, limit: limit)
        self.init(checked: bytes, ownsBytes: false)
    }

    /// Reads a copy of `bytes`.
    package init(_ bytes: [UInt8], limit: Int = MsgpackScan.defaultLimit) throws(MsgpackError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        do {
            try MsgpackScan.check(UnsafeRawBufferPointer(copy), limit: limit)
        } catch {
            copy.deallocate()
            throw error
        }
        self.init(checked: UnsafeRawBufferPointer(copy), ownsBytes: true)
    }

    private init(checked bytes: UnsafeRawBufferPointer, ownsBytes: Bool) {
        guard let unpacker = grepvine_unpacker_create() else { fatalError("out of memory") }
        self.unpacker = unpacker
        self.bytes = bytes
        self.ownsBytes = ownsBytes
    }

    deinit {
        grepvine_unpacker_destroy(unpacker)
        if ownsBytes { bytes.deallocate() }
    }

    /// Every value was read.
    package var isAtEnd: Bool { offset == bytes.count && open.allSatisfy { $0.remaining == 0 } }

    /// Throws `trailing` unless every value was read.
    package func finish() throws(MsgpackError) {
        guard isAtEnd else { throw .trailing }
    }

    package mutating func readNil() throws(MsgpackError) {
        guard try peek().type == MSGPACK_OBJECT_NIL else { throw .mismatch(expected: .null) }
        advance()
    }

    /// Whether the next value is nil; takes it when it is.
    package mutating func readNilIfPresent() throws(MsgpackError) -> Bool {
        guard try peek().type == MSGPACK_OBJECT_NIL else { return false }
        advance()
        return true
    }

    package mutating func readBool() throws(MsgpackError) -> Bool {
        let object = try peek()
        guard object.type == MSGPACK_OBJECT_BOOLEAN else { throw .mismatch(expected: .bool) }
        advance()
        return object.via.boolean
    }

    package mutating func readInt() throws(MsgpackError) -> Int64 {
        let object = try peek()
        let value: Int64
        if object.type == MSGPACK_OBJECT_NEGATIVE_INTEGER {
            value = object.via.i64
        } else if object.type == MSGPACK_OBJECT_POSITIVE_INTEGER, object.via.u64 <= Int64.max {
            value = Int64(object.via.u64)
        } else {
            throw .mismatch(expected: .integer)
        }
        advance()
        return value
    }

    package mutating func readUInt() throws(MsgpackError) -> UInt64 {
        let object = try peek()
        guard object.type == MSGPACK_OBJECT_POSITIVE_INTEGER else {
            throw .mismatch(expected: .unsignedInteger)
        }
        advance()
        return object.via.u64
    }

    /// A floating point number, or an integer as one.
    package mutating func readDouble() throws(MsgpackError) -> Double {
        let object = try peek()
        let value: Double
        switch object.type {
        case MSGPACK_OBJECT_FLOAT32, MSGPACK_OBJECT_FLOAT64: value = object.via.f64
        case MSGPACK_OBJECT_POSITIVE_INTEGER: value = Double(object.via.u64)
        case MSGPACK_OBJECT_NEGATIVE_INTEGER: value = Double(object.via.i64)
        default: throw .mismatch(expected: .double)
        }
        advance()
        return value
    }

    /// A string; bytes that are no UTF-8 become U+FFFD.
    package mutating func readString() throws(MsgpackError) -> String {
        let object = try peek()
        guard object.type == MSGPACK_OBJECT_STR else { throw .mismatch(expected: .string) }
        let text = Self.slice(object.via.str.ptr, object.via.str.size)
        advance()
        return String(decoding: text, as: UTF8.self)
    }

    /// A binary (or a string, as its bytes), copied.
    package mutating func readBytes() throws(MsgpackError) -> [UInt8] { Array(try readSlice()) }

    /// A binary (or a string, as its bytes) where it lies in the input.
    package mutating func readSlice() throws(MsgpackError) -> UnsafeRawBufferPointer {
        let object = try peek()
        let slice: UnsafeRawBufferPointer
        switch object.type {
        case MSGPACK_OBJECT_BIN: slice = Self.slice(object.via.bin.ptr, object.via.bin.size)
        case MSGPACK_OBJECT_STR: slice = Self.slice(object.via.str.ptr, object.via.str.size)
        default: throw .mismatch(expected: .binary)
        }
        advance()
        return slice
    }

    /// How many values come next. All of them are present and within the scan's limit.
    package mutating func readArrayCount() throws(MsgpackError) -> Int {
        let object = try peek()
        guard object.type == MSGPACK_OBJECT_ARRAY else { throw .mismatch(expected: .array) }
        let count = Int(object.via.array.size)
        enter(object, count)
        return count
    }

    /// How many keys with values come next.
    package mutating func readMapCount() throws(MsgpackError) -> Int {
        let object = try peek()
        guard object.type == MSGPACK_OBJECT_MAP else { throw .mismatch(expected: .map) }
        let count = Int(object.via.map.size)
        enter(object, count * 2)
        return count
    }

    /// Passes over the next value, whatever it is, with all that is in it.
    package mutating func skip() throws(MsgpackError) {
        _ = try peek()
        advance()
    }
}

extension MsgpackReader {
    private static func slice(
        _ start: UnsafePointer<CChar>?, _ count: UInt32
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: Int(count))
    }

    /// The next value. At the top level that unpacks it, once.
    private mutating func peek() throws(MsgpackError) -> msgpack_object {
        while let level = open.last {
            if level.remaining > 0 { return level.next.pointee }
            open.removeLast()
        }
        guard offset < bytes.count else { throw .end }
        guard let root = grepvine_unpack(unpacker, bytes.baseAddress, bytes.count, &offset) else {
            throw .truncated
        }
        open.append(Level(next: root, remaining: 1))
        return root.pointee
    }

    private mutating func advance() {
        open[open.count - 1].next += 1
        open[open.count - 1].remaining -= 1
    }

    private mutating func enter(_ container: msgpack_object, _ count: Int) {
        advance()
        var container = container
        guard count > 0, let first = grepvine_elements(&container) else { return }
        open.append(Level(next: first, remaining: count))
    }
}

// One owner at a time: the unpacked tree is reachable through this value only.
extension MsgpackReader: @unchecked Sendable {}
