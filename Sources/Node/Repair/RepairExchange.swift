import GrepvineDistCore
import GrepvineStorage

/// The exchange of what two owners lack of each other, named by who began it and its number.
struct ExchangeName: Hashable, Comparable {
    let peer: NodeID
    let number: UInt64

    static func < (left: Self, right: Self) -> Bool {
        left.peer != right.peer ? left.peer < right.peer : left.number < right.number
    }
}

/// One that this node began.
struct RepairExchange {
    let partitions: [Partition]
    /// Until the other side's entries are known.
    var decoder: SketchDecoder?
    /// What is left to do: fetch what the peer has, and let it fetch what it lacks.
    var fetches = false
    var offers = false
    var hasMoved = false
    /// The peer may keep something for it.
    var isKnownThere = true
    var deadline: Instant
}

/// What this node holds of the partitions of one exchange, as of its beginning. The peer asks for
/// symbols of it, and then for records.
struct RepairSource {
    let salt: UInt64
    let partitions: PartitionSet
    /// Ascending by name.
    let entries: [StoreEntry]
    private var sketch: SketchEncoder?
    /// Symbols that were sent.
    private(set) var sent = 0
    /// What the peer has asked for, the newest last.
    private var wanted: [StoreEntry] = []
    var deadline: Instant

    init(
        salt: UInt64, partitions: PartitionSet, entries: [StoreEntry], deadline: Instant
    ) {
        self.salt = salt
        self.partitions = partitions
        self.entries = entries
        self.deadline = deadline
    }

    /// The symbols from `first` up to `count`.
    mutating func symbols(from first: Int, to count: Int) -> [CodedSymbol] {
        if sketch == nil { sketch = SketchEncoder(entries.map(\.name)) }
        sketch?.extend(to: count)
        sent = max(sent, count)
        return sketch.map { Array($0.symbols[first..<count]) } ?? []
    }

    /// Names that are not known are left out.
    mutating func want(_ names: [UInt64]) {
        sketch = nil
        wanted = names.compactMap { entry(named: $0) }
        wanted.sort { left, right in
            left.clock != right.clock ? left.clock < right.clock : left.name < right.name
        }
    }

    mutating func nextWanted() -> StoreEntry? { wanted.popLast() }

    /// Puts back what found no room.
    mutating func unwant(_ entry: StoreEntry) { wanted.append(entry) }

    var hasWanted: Bool { !wanted.isEmpty }

    func entry(named name: UInt64) -> StoreEntry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].name == name ? entries[low] : nil
    }
}

/// Records that this node reads from a peer, a page at a time: the next one is asked for when the
/// one before is merged and the budget of bytes allows it.
struct RepairFetch {
    /// Entries that were not asked for yet.
    var names: [UInt64]
    let partitions: PartitionSet
    /// The next request asks for other entries, and whether it waits for the budget.
    var isFirst = true
    var isWaiting = false
    var deadline: Instant
}
