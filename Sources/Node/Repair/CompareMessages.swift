import GrepvineDistCore

/// `compare`: hashes of what two owners share, under a salt. The root first; leaves of branches
/// that differ only when it does, so comparing equal nodes costs one small message (A1).
struct CompareMessage: Equatable {
    enum Content: Equatable {
        case root(UInt64)
        case leaves([Leaf])
    }

    struct Leaf: Equatable {
        let partition: Partition
        let hash: UInt64
    }

    var salt: UInt64
    var content: Content

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 32)
        body.write(salt)
        switch content {
        case .root(let hash):
            body.write(UInt8(0))
            body.write(hash)
        case .leaves(let leaves):
            body.write(UInt8(1))
            body.write(UInt16(leaves.count))
            for leaf in leaves {
                body.write(leaf.partition.number)
                body.write(leaf.hash)
            }
        }
        return body.bytes
    }

    init(salt: UInt64, _ content: Content) {
        self.salt = salt
        self.content = content
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard let salt = reader.readUInt64(), let kind = reader.readUInt8() else { return nil }
        self.salt = salt
        switch kind {
        case 0:
            guard let hash = reader.readUInt64(), reader.remaining == 0 else { return nil }
            content = .root(hash)
        case 1:
            guard let count = reader.readUInt16(), Int(count) <= Partition.count,
                reader.remaining == Int(count) * 10
            else { return nil }
            var leaves: [Leaf] = []
            for _ in 0..<count {
                guard let partition = reader.readPartition(), let hash = reader.readUInt64()
                else { return nil }
                leaves.append(Leaf(partition: partition, hash: hash))
            }
            content = .leaves(leaves)
        default: return nil
        }
    }
}

/// `compareReply`: nothing differs; the sender's branches; or the leaves that differ.
enum CompareReplyMessage: Equatable {
    case equal
    case branches([UInt64])
    case differing([Partition])

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 1 + 8 * DigestTree.branches)
        switch self {
        case .equal: body.write(UInt8(0))
        case .branches(let hashes):
            body.write(UInt8(1))
            for hash in hashes { body.write(hash) }
        case .differing(let partitions):
            body.write(UInt8(2))
            body.write(partitions)
        }
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        switch reader.readUInt8() {
        case 0: self = .equal
        case 1:
            var hashes: [UInt64] = []
            for _ in 0..<DigestTree.branches {
                guard let hash = reader.readUInt64() else { return nil }
                hashes.append(hash)
            }
            self = .branches(hashes)
        case 2:
            guard let partitions = reader.readPartitions() else { return nil }
            self = .differing(partitions)
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

extension ByteWriter {
    /// Two bytes each behind their count.
    mutating func write(_ partitions: [Partition]) {
        write(UInt16(partitions.count))
        for partition in partitions { write(partition.number) }
    }
}

extension ByteReader {
    mutating func readPartitions() -> [Partition]? {
        guard let count = readUInt16(), Int(count) <= Partition.count,
            remaining >= Int(count) * 2
        else { return nil }
        var partitions: [Partition] = []
        for _ in 0..<count {
            guard let partition = readPartition() else { return nil }
            partitions.append(partition)
        }
        return partitions
    }
}
