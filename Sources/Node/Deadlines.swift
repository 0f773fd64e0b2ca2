import GrepvineDistCore

/// When waiting things are due: a wheel of buckets, so that adding one costs nothing and nothing is
/// ever cancelled. What comes due may be long gone; the owner looks it up and ignores it.
struct Deadlines<Item> {
    private var buckets: [[Item]]
    /// The first tick that has not been taken.
    private var current: Int64
    private var count = 0

    private static var tick: Int64 { 10_000_000 }

    init(startingAt now: Instant) {
        buckets = Array(repeating: [], count: 8192)
        current = now.nanoseconds / Self.tick
    }

    /// At most 80 seconds ahead; what is later comes due early and must be added again.
    mutating func add(_ item: Item, due: Instant) {
        let tick = max(current, min(due.nanoseconds / Self.tick + 1, current + 8191))
        buckets[Int(tick % 8192)].append(item)
        count += 1
    }

    /// Takes everything that is due, oldest bucket first, in the order of adding.
    mutating func take(until now: Instant) -> [Item] {
        let target = now.nanoseconds / Self.tick
        guard target >= current else { return [] }
        var due: [Item] = []
        if count > 0 {
            for tick in current...min(target, current + 8191) {
                let bucket = Int(tick % 8192)
                guard !buckets[bucket].isEmpty else { continue }
                due.append(contentsOf: buckets[bucket])
                buckets[bucket].removeAll(keepingCapacity: true)
            }
        }
        count -= due.count
        current = target + 1
        return due
    }

    /// When to look next: the first bucket that holds anything.
    var next: Instant? {
        guard count > 0 else { return nil }
        for tick in current..<current + 8192 where !buckets[Int(tick % 8192)].isEmpty {
            return Instant(nanoseconds: tick * Self.tick)
        }
        return nil
    }
}
