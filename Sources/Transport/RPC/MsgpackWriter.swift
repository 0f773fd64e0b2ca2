import CMsgpack

/// Packs values one after another with msgpack-c. Keep one and `clear` it between messages: its
/// memory is reused.
package struct MsgpackWriter: ~Copyable {
    private let packer: OpaquePointer

    package init() {
        guard let packer = grepvine_packer_create() else { fatalError("out of memory") }
        self.packer = packer
    }

    deinit { grepvine_packer_destroy(packer) }

    package mutating func clear() { grepvine_packer_clear(packer) }

    package var count: Int { grepvine_packer_count(packer) }

    /// A copy of what was packed.
    package var bytes: [UInt8] { withBytes { Array($0) } }

    /// What was packed; the pointer must not leave `body`.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: grepvine_packer_bytes(packer), count: count))
    }

    package mutating func writeNil() { check(grepvine_pack_nil(packer)) }

    package mutating func write(_ value: Bool) { check(grepvine_pack_bool(packer, value ? 1 : 0)) }

    package mutating func write(_ value: Int64) { check(grepvine_pack_int(packer, value)) }

    package mutating func write(_ value: Int) { write(Int64(value)) }

    package mutating func write(_ value: UInt64) { check(grepvine_pack_uint(packer, value)) }

    package mutating func write(_ value: Double) { check(grepvine_pack_double(packer, value)) }

    package mutating func write(_ value: String) {
        var value = value
        value.withUTF8 { check(grepvine_pack_string(packer, $0.baseAddress, $0.count)) }
    }

    package mutating func write(binary value: UnsafeRawBufferPointer) {
        check(grepvine_pack_binary(packer, value.baseAddress, value.count))
    }

    package mutating func write(binary value: [UInt8]) {
        value.withUnsafeBytes { write(binary: $0) }
    }

    package mutating func write(binary value: ArraySlice<UInt8>) {
        value.withUnsafeBytes { write(binary: $0) }
    }

    /// Write `count` values next.
    package mutating func writeArray(count: Int) { check(grepvine_pack_array(packer, count)) }

    /// Write `count` keys, each followed by its value, next.
    package mutating func writeMap(count: Int) { check(grepvine_pack_map(packer, count)) }

    private func check(_ code: Int32) { precondition(code == 0, "out of memory while packing") }
}

// One owner at a time: the packer is reachable through this value only, which cannot be copied.
extension MsgpackWriter: @unchecked Sendable {}
