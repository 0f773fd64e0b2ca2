/// Where a record lies: segment number in the upper 23 of 47 bits, then its offset in units of
/// eight bytes. Segment 0 does not exist, so no address is zero.
struct RecordAddress: Hashable {
    let bits: UInt64

    static let mask: UInt64 = 1 << 47 - 1
    static let segments = 1 << 23

    init(segment: Int, offset: Int) { bits = UInt64(segment) << 24 | UInt64(offset >> 3) }

    /// From a slot of the key index, whose upper 17 bits are something else.
    @inline(__always)
    init(slot: UInt64) { bits = slot & Self.mask }

    var segment: Int { Int(bits >> 24) }
    var offset: Int { Int(bits & 0xff_ffff) << 3 }
}

/// The first byte of each segment by its number: all that a look-up needs to know of segments.
struct SegmentBases {
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    /// The caller knows that the segment exists, as it does for whatever the index points at.
    @inline(__always)
    func pointer(_ address: RecordAddress) -> UnsafeMutableRawPointer {
        pointers[address.segment].unsafelyUnwrapped + address.offset
    }

    @inline(__always)
    func record(_ address: RecordAddress) -> RecordView {
        RecordView(start: UnsafeRawPointer(pointer(address)))
    }
}
