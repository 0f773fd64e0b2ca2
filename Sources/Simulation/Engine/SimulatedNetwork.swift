import GrepvineDistCore

/// How messages travel between machines. It holds no messages: it says when each copy of one
/// arrives, if any does. Frames obey it like datagrams do, which is harsher than TCP: a partition
/// breaks no connection, it swallows what is sent.
package struct SimulatedNetwork {
    /// What goes wrong on every way.
    package struct Conditions: Hashable {
        /// Chances of one message, 0 to 1.
        package var loss = 0.0
        package var duplication = 0.0
        /// Chance of a frame to take its own time instead of waiting for those before it.
        package var reordering = 0.0
        /// Chance of a message to take up to `longDelay`.
        package var slowness = 0.0
        package var longDelay = Duration.milliseconds(400)

        package init() {}
    }

    package let count: Int
    package var conditions = Conditions()
    package private(set) var lost = 0
    package private(set) var duplicated = 0
    /// Usual delay of each way, in nanoseconds.
    private var delays: [Int64]
    /// How many reasons there are for a way to be blocked.
    private var blocks: [Int]
    private var dice: SeededGenerator

    package init(count: Int, seed: UInt64) {
        self.count = count
        dice = SeededGenerator(seed: seed)
        blocks = Array(repeating: 0, count: count * count)
        var delays: [Int64] = []
        for _ in 0..<count * count {
            delays.append(Int64.random(in: 50_000...2_000_000, using: &dice))
        }
        self.delays = delays
    }

    package func isBlocked(from source: Int, to target: Int) -> Bool {
        blocks[source * count + target] > 0
    }

    /// Blocks one direction. Several reasons may; each must be taken back.
    package mutating func block(from source: Int, to target: Int) {
        blocks[source * count + target] += 1
    }

    package mutating func unblock(from source: Int, to target: Int) {
        precondition(blocks[source * count + target] > 0, "\(source)→\(target) was not blocked")
        blocks[source * count + target] -= 1
    }

    /// Everything is well again.
    package mutating func heal() {
        blocks = Array(repeating: 0, count: count * count)
        conditions = Conditions()
    }

    /// Delays of the copies that arrive, in nanoseconds, and whether they keep their place in a
    /// stream. Empty when the message is lost.
    package mutating func copies(
        from source: Int, to target: Int
    ) -> [(delay: Int64, keepsOrder: Bool)] {
        guard !isBlocked(from: source, to: target), !happens(conditions.loss) else {
            lost += 1
            return []
        }
        var copies = [copy(from: source, to: target)]
        if happens(conditions.duplication) {
            duplicated += 1
            copies.append((copy(from: source, to: target).delay, keepsOrder: false))
        }
        return copies
    }

    private mutating func copy(
        from source: Int, to target: Int
    ) -> (delay: Int64, keepsOrder: Bool) {
        let usual = delays[source * count + target]
        var delay = usual + Int64.random(in: 0...usual / 4, using: &dice)
        if happens(conditions.slowness) {
            delay += Int64.random(in: 0...conditions.longDelay.wholeNanoseconds, using: &dice)
        }
        return (delay, !happens(conditions.reordering))
    }

    private mutating func happens(_ chance: Double) -> Bool {
        chance > 0 && Double.random(in: 0..<1, using: &dice) < chance
    }
}
