import GrepvineDistCore

/// `sketch`: what do you hold of these partitions, of all that is stamped up to `limit`? Or, with
/// symbols in hand, more of them. The request's number names the exchange (A2).
enum SketchMessage: Equatable {
    struct Opening: Equatable {
        var partitions: [Partition]
        var salt: UInt64
        var limit: HybridClock
        /// Entries of the sender, and their sum.
        var entries: UInt32
        var digest: PartitionDigest
        /// About so many differences.
        var expected: UInt32
    }

    case open(Opening)
    /// So many symbols were not enough.
    case more(UInt32)

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 64)
        switch self {
        case .open(let opening):
            body.write(UInt8(0))
            body.write(opening.partitions)
            body.write(opening.salt)
            body.write(opening.limit.rawValue)
            body.write(opening.entries)
            body.write(opening.digest)
            body.write(opening.expected)
        case .more(let count):
            body.write(UInt8(1))
            body.write(count)
        }
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        switch reader.readUInt8() {
        case 0:
            guard let partitions = reader.readPartitions(), let salt = reader.readUInt64(),
                let limit = reader.readUInt64(), let entries = reader.readUInt32(),
                let digest = reader.readDigest(), let expected = reader.readUInt32()
            else { return nil }
            self = .open(
                Opening(
                    partitions: partitions, salt: salt, limit: HybridClock(rawValue: limit),
                    entries: entries, digest: digest, expected: expected))
        case 1:
            guard let count = reader.readUInt32() else { return nil }
            self = .more(count)
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

/// `sketchReply`: nothing differs, every entry, some more symbols, or why there are none.
enum SketchReplyMessage: Equatable {
    case equal
    case list([UInt64])
    /// Symbols from number `first` on, of so many entries.
    case symbols([CodedSymbol], first: UInt32, entries: UInt32)
    /// Too many exchanges at once.
    case busy
    /// The exchange is not known any more.
    case gone

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 64)
        switch self {
        case .equal: body.write(UInt8(0))
        case .list(let names):
            body.write(UInt8(1))
            body.write(names: names)
        case .symbols(let symbols, let first, let entries):
            body.write(UInt8(2))
            body.write(first)
            body.write(entries)
            body.write(UInt32(symbols.count))
            body.write(symbols, from: Int(first), of: Int(entries))
        case .busy: body.write(UInt8(3))
        case .gone: body.write(UInt8(4))
        }
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        switch reader.readUInt8() {
        case 0: self = .equal
        case 1:
            guard let names = reader.readNames() else { return nil }
            self = .list(names)
        case 2:
            guard let first = reader.readUInt32(), let entries = reader.readUInt32(),
                let count = reader.readUInt32(), first <= 1 << 24,
                let symbols = reader.readSymbols(
                    from: Int(first), count: Int(count), of: Int(entries))
            else { return nil }
            self = .symbols(symbols, first: first, entries: entries)
        case 3: self = .busy
        case 4: self = .gone
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

extension ByteWriter {
    /// Eight bytes each behind their count.
    mutating func write(names: [UInt64]) {
        write(UInt32(names.count))
        for name in names { write(name) }
    }
}

extension ByteReader {
    mutating func readNames() -> [UInt64]? {
        guard let count = readUInt32(), remaining / 8 >= Int(count) else { return nil }
        var names: [UInt64] = []
        names.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let name = readUInt64() else { return nil }
            names.append(name)
        }
        return names
    }
}
