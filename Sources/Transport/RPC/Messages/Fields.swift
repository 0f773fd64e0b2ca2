package import GrepvineDistCore

/// The parts that messages are made of. Every message is one msgpack array of a fixed length;
/// optional parts are nil, pairs are arrays of two.
extension MsgpackWriter {
    package mutating func write(_ id: NodeID) { writePair(id.high, id.low) }

    package mutating func write(_ id: NodeID?) {
        if let id { write(id) } else { writeNil() }
    }

    package mutating func write(_ version: Version) {
        writePair(version.clock.rawValue, version.origin)
    }

    package mutating func write(_ version: Version?) {
        if let version { write(version) } else { writeNil() }
    }

    package mutating func write(_ key: Key) { write(binary: key.bytes) }

    package mutating func write(_ level: Consistency?) {
        switch level {
        case nil: writeNil()
        case .one: write(1)
        case .quorum: write(2)
        case .all: write(3)
        }
    }

    /// Never is nil, keep is true, a time is its milliseconds.
    package mutating func write(_ expiration: Expiration) {
        switch expiration {
        case .never: writeNil()
        case .keep: write(true)
        case .at(let time): write(time.milliseconds)
        }
    }

    package mutating func write(_ time: WallTime?) {
        if let time { write(time.milliseconds) } else { writeNil() }
    }

    package mutating func write(_ address: Address) {
        writeArray(count: 2)
        write(address.host)
        write(UInt64(address.port))
    }

    /// What is above the largest count is as good as the largest count.
    package mutating func write(count: Int) {
        precondition(count >= 0, "a count of \(count)")
        write(min(count, MsgpackReader.largestCount))
    }

    package mutating func write(optional count: Int?) {
        if let count { write(count: count) } else { writeNil() }
    }

    package mutating func write(_ failure: Failure) {
        writeArray(count: 5)
        write(failure.code.rawValue)
        write(failure.message)
        write(failure.isDefinite)
        write(failure.version)
        if let epoch = failure.epoch { write(epoch) } else { writeNil() }
    }

    private mutating func writePair(_ first: UInt64, _ second: UInt64) {
        writeArray(count: 2)
        write(first)
        write(second)
    }
}

extension MsgpackReader {
    /// Enters an array of exactly `count` elements.
    package mutating func enterArray(_ count: Int) throws(MsgpackError) {
        guard try readArrayCount() == count else { throw .invalid("an array of \(count)") }
    }

    package mutating func readNodeID() throws(MsgpackError) -> NodeID {
        let (high, low) = try readPair()
        return NodeID(high: high, low: low)
    }

    package mutating func readOptionalNodeID() throws(MsgpackError) -> NodeID? {
        try readNilIfPresent() ? nil : try readNodeID()
    }

    package mutating func readVersion() throws(MsgpackError) -> Version {
        let (clock, origin) = try readPair()
        return Version(clock: HybridClock(rawValue: clock), origin: origin)
    }

    package mutating func readOptionalVersion() throws(MsgpackError) -> Version? {
        try readNilIfPresent() ? nil : try readVersion()
    }

    package mutating func readKey() throws(MsgpackError) -> Key {
        let bytes = try readBytes()
        guard (1...Key.longest).contains(bytes.count) else {
            throw .invalid("a key of 1 to \(Key.longest) bytes")
        }
        return Key(bytes)
    }

    package mutating func readConsistency() throws(MsgpackError) -> Consistency? {
        if try readNilIfPresent() { return nil }
        switch try readUInt() {
        case 1: return .one
        case 2: return .quorum
        case 3: return .all
        default: throw .invalid("a consistency level")
        }
    }

    package mutating func readExpiration() throws(MsgpackError) -> Expiration {
        if try readNilIfPresent() { return .never }
        if let time = try? readInt() { return .at(WallTime(milliseconds: time)) }
        guard try readBool() else { throw .invalid("an expiration") }
        return .keep
    }

    package mutating func readOptionalTime() throws(MsgpackError) -> WallTime? {
        try readNilIfPresent() ? nil : WallTime(milliseconds: try readInt())
    }

    package mutating func readAddress() throws(MsgpackError) -> Address {
        try enterArray(2)
        return Address(host: try readString(), port: try readUInt16())
    }

    package mutating func readUInt16() throws(MsgpackError) -> UInt16 {
        guard let number = UInt16(exactly: try readUInt()) else {
            throw .invalid("a 16-bit number")
        }
        return number
    }

    package mutating func readUInt8() throws(MsgpackError) -> UInt8 {
        guard let number = UInt8(exactly: try readUInt()) else { throw .invalid("an 8-bit number") }
        return number
    }

    /// So large that nobody counts that far, so small that no sum of counts overflows.
    package static var largestCount: Int { 1 << 48 }

    /// A size or a position, from 0 to `largestCount`.
    package mutating func readCount() throws(MsgpackError) -> Int {
        guard let number = Int(exactly: try readUInt()), number <= Self.largestCount else {
            throw .invalid("a count of at most \(Self.largestCount)")
        }
        return number
    }

    package mutating func readOptionalCount() throws(MsgpackError) -> Int? {
        try readNilIfPresent() ? nil : try readCount()
    }

    package mutating func readFailure() throws(MsgpackError) -> Failure {
        try enterArray(5)
        let code = Failure.Code(rawValue: try readString())
        let message = try readString()
        let isDefinite = try readBool()
        let version = try readOptionalVersion()
        let epoch = try readNilIfPresent() ? nil : try readUInt()
        return Failure(code, message, isDefinite: isDefinite, version: version, epoch: epoch)
    }

    /// As many parts as the array here holds. The scan before has seen every one of them.
    mutating func readList<Part>(
        _ read: (inout MsgpackReader) throws(MsgpackError) -> Part
    ) throws(MsgpackError) -> [Part] {
        var parts: [Part] = []
        for _ in 0..<(try readArrayCount()) { parts.append(try read(&self)) }
        return parts
    }

    private mutating func readPair() throws(MsgpackError) -> (UInt64, UInt64) {
        try enterArray(2)
        return (try readUInt(), try readUInt())
    }
}

/// One whole message: nothing before it, nothing after it.
func decodeWhole<Message>(
    _ bytes: UnsafeRawBufferPointer,
    _ read: (inout MsgpackReader) throws(MsgpackError) -> Message
) throws(MsgpackError) -> Message {
    var reader = try MsgpackReader(borrowing: bytes)
    let message = try read(&reader)
    try reader.finish()
    return message
}
