/// Puts the records of a segment in the order of their keys.
@safe struct DocumentOrder {
    private struct Entry {
        /// Eight bytes of the key behind what all keys begin with, the first byte highest.
        var word: UInt64 = 0
        var record: UInt32
        var keyStart: UInt32
        var keyLength: UInt32
    }

    private let segment: UnsafeRawBufferPointer
    private var entries: [Entry] = []
    /// How many first bytes all keys have in common.
    private var common = Int.max

    init(_ segment: UnsafeRawBufferPointer) { unsafe self.segment = segment }

    mutating func add(_ record: Int, key: Range<Int>) {
        let entry = Entry(
            record: UInt32(record), keyStart: UInt32(key.lowerBound), keyLength: UInt32(key.count))
        let first = entries.first ?? entry
        common = min(common, Int(first.keyLength), key.count)
        let (left, right) = unsafe (bytes(of: first), bytes(of: entry))
        var same = 0
        while same < common, unsafe left[same] == right[same] { same += 1 }
        common = same
        entries.append(entry)
    }

    /// Four bytes for each.
    func sorted() -> [UInt8] {
        var entries = entries
        for index in entries.indices { entries[index].word = word(of: entries[index]) }
        entries.sort { left, right in
            if left.word != right.word { return left.word < right.word }
            return unsafe bytes(of: left).lexicographicallyPrecedes(bytes(of: right))
        }
        var table: [UInt8] = []
        table.reserveCapacity(entries.count * 4)
        for entry in entries { table.append(littleEndian: entry.record) }
        return table
    }

    private func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
        let start = Int(entry.keyStart)
        return unsafe UnsafeRawBufferPointer(
            rebasing: segment[start..<start + Int(entry.keyLength)])
    }

    private func word(of entry: Entry) -> UInt64 {
        let key = unsafe bytes(of: entry)
        var word: UInt64 = 0
        for index in common..<common + 8 {
            word = word << 8 | (index < key.count ? UInt64(unsafe key[index]) : 0)
        }
        return word
    }
}
