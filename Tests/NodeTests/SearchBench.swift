import GrepvineDistCore
import GrepvineSearch
import GrepvineStorage

@testable import GrepvineNode

/// A store, its indexes and searches of it, as a node has them but all on one thread.
final class SearchBench {
    var store: RecordStore
    /// What the store must hold.
    private(set) var documents: [Key: (value: [UInt8], version: Version)] = [:]
    private var clock: UInt64 = 1
    /// Orders under way: a task runs when it is asked for, its report arrives later.
    private var tasks: [IndexTask] = []
    private let unitSize: Int
    private(set) var attached = 0

    init(segmentSize: Int = 1 << 14, unitSize: Int = 512, seed: UInt64 = 1) {
        store = RecordStore(
            configuration: StoreConfiguration(
                segmentSize: segmentSize, firstSegmentSize: 4096, seed: seed))
        self.unitSize = unitSize
    }

    func set(_ key: Key, _ value: [UInt8]) {
        let version = merge(key, .value, value)
        documents[key] = (value, version)
    }

    func delete(_ key: Key) {
        _ = merge(key, .tombstone, [])
        documents[key] = nil
    }

    private func merge(_ key: Key, _ kind: RecordKind, _ value: [UInt8]) -> Version {
        clock += 1
        let version = Version(clock: HybridClock(rawValue: clock), origin: 1)
        let outcome = key.bytes.withUnsafeBytes { key in
            value.withUnsafeBytes { value in
                let hash = store.hash(of: key, partition: Slot(of: key.bytes).partition)
                return store.merge(
                    key: key, hash: hash, version: version, kind: kind, value: value)
            }
        }
        precondition(outcome == .accepted)
        return version
    }

    /// Ten looks pass; at most one segment begins to be indexed.
    func look() {
        for _ in 0..<10 { store.lookAtSegments() }
        if let order = store.nextToIndex() {
            tasks.append(IndexTask(order: order, unitSize: unitSize))
        }
    }

    /// The oldest index under way is ready and given to the store.
    func finishOne() {
        guard !tasks.isEmpty else { return }
        let report = tasks.removeFirst().run()
        if let index = report.index, store.attach(index, to: report.order) { attached += 1 }
    }

    /// Indexes everything that gets an index at all.
    func indexAll() {
        for _ in 0..<11 { store.lookAtSegments() }
        while let order = store.nextToIndex() {
            tasks.append(IndexTask(order: order, unitSize: unitSize))
            finishOne()
        }
    }

    /// What searches look at, with and without indexes.
    func snapshot(withIndex: Bool) -> [SegmentSnapshot] {
        withIndex ? store.snapshot() : store.snapshot().map(\.withoutIndex)
    }

    static func run(
        _ query: GrepQuery, _ snapshot: [SegmentSnapshot],
        partitions: PartitionSet = PartitionSet(Partition.all), after: Key? = nil
    ) throws -> (hits: [DocumentHit], work: SearchWork) {
        let (hits, last) = try report(query, snapshot, partitions: partitions, after: after)
        return (hits, last.work)
    }

    /// All hits, and the last report.
    static func report(
        _ query: GrepQuery, _ snapshot: [SegmentSnapshot],
        partitions: PartitionSet = PartitionSet(Partition.all), after: Key? = nil
    ) throws -> (hits: [DocumentHit], last: SearchReport) {
        var search = try Search(
            SearchTask(
                id: 1, query: query, partitions: partitions, after: after,
                time: WallTime(milliseconds: 1), snapshot: snapshot, budget: .seconds(60),
                mostBytes: query.maxBytes))
        var hits: [DocumentHit] = []
        while true {
            let report = search.report(isOver: { false }, isSliceOver: { false })
            hits += report.hits
            if report.state.isLast { return (hits, report) }
        }
    }

    /// What a search must find, document by document.
    func expected(
        _ query: GrepQuery, partitions: PartitionSet = PartitionSet(Partition.all),
        after: Key? = nil
    ) throws -> [DocumentHit] {
        var matcher = try LineMatcher(query)
        var hits: [DocumentHit] = []
        for key in documents.keys.sorted() {
            guard partitions.contains(Partition(of: key)), after.map({ $0 < key }) ?? true,
                key.bytes.starts(with: query.keyPrefix), let document = documents[key]
            else { continue }
            if let hit = matcher.search(
                document.value.span.bytes, key: key, version: document.version)
            {
                hits.append(hit)
            }
        }
        return hits
    }
}
