package import GrepvineDistCore

/// A set of partitions in 128 bytes.
package struct PartitionSet: Hashable, Sendable {
    private var words = [UInt64](repeating: 0, count: Partition.count / 64)

    package init() {}

    package init(_ partitions: [Partition]) {
        for partition in partitions { insert(partition) }
    }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package func contains(_ partition: Partition) -> Bool {
        words[Int(partition.number / 64)] & Self.bit(partition) != 0
    }

    package mutating func insert(_ partition: Partition) {
        words[Int(partition.number / 64)] |= Self.bit(partition)
    }

    package mutating func remove(_ partition: Partition) {
        words[Int(partition.number / 64)] &= ~Self.bit(partition)
    }

    package mutating func formUnion(_ other: PartitionSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    package mutating func subtract(_ other: PartitionSet) {
        for index in words.indices { words[index] &= ~other.words[index] }
    }

    /// Ascending.
    package var elements: [Partition] {
        var elements: [Partition] = []
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                let number = index * 64 + rest.trailingZeroBitCount
                elements.append(Partition(number: UInt16(number)))
                rest &= rest - 1
            }
        }
        return elements
    }

    private static func bit(_ partition: Partition) -> UInt64 {
        1 << UInt64(partition.number % 64)
    }

    /// The wire form: sixteen words.
    func write(to writer: inout ByteWriter) {
        for word in words { writer.write(word) }
    }

    init?(reading reader: inout ByteReader) {
        for index in words.indices {
            guard let word = reader.readUInt64() else { return nil }
            words[index] = word
        }
    }
}
