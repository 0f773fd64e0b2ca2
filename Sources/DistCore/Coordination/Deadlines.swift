/// When waiting things are due: a wheel of buckets, so that adding one costs nothing and nothing is
/// ever cancelled. What comes due may be long gone; the owner looks it up and ignores it.
package struct Deadlines<Item> {
    // Inlinable, because other modules make it of their own types and use it for every operation.
    @usableFromInline var buckets: [[Item]]
    /// The first tick that has not been taken.
    @usableFromInline var current: Int64
    @usableFromInline var count = 0
    /// In nanoseconds.
    @usableFromInline let tick: Int64

    /// - Parameter tick: things come due at most two of these late.
    @inlinable
    package init(startingAt now: Instant, tick: Duration = .milliseconds(10)) {
        self.tick = tick.wholeNanoseconds
        buckets = Array(repeating: [], count: 8192)
        current = now.nanoseconds / self.tick
    }

    /// At most 8191 ticks ahead; what is later comes due early and must be added again.
    @inlinable
    package mutating func add(_ item: Item, due: Instant) {
        let number = max(current, min(due.nanoseconds / tick + 1, current + 8191))
        buckets[Int(number % 8192)].append(item)
        count += 1
    }

    /// Takes everything that is due, oldest bucket first, in the order of adding.
    @inlinable
    package mutating func take(until now: Instant) -> [Item] {
        let target = now.nanoseconds / tick
        guard target >= current else { return [] }
        var due: [Item] = []
        if count > 0 {
            for number in current...min(target, current + 8191) {
                let bucket = Int(number % 8192)
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
    @inlinable
    package var next: Instant? {
        guard count > 0 else { return nil }
        for number in current..<current + 8192 where !buckets[Int(number % 8192)].isEmpty {
            return Instant(nanoseconds: number * tick)
        }
        return nil
    }
}
