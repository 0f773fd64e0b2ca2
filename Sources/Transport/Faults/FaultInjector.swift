package import GrepvineDistCore

/// Decides which datagrams and frames get lost, come late or come twice. Pure: time comes from the
/// caller, dice from a seed. It holds nothing back itself, it only says until when.
package struct FaultInjector: Sendable {
    package enum Direction: UInt8, CaseIterable, Sendable {
        case incoming = 1
        case outgoing = 2
    }

    /// What travels: a stream keeps its order whatever its frames go through, datagrams do not.
    package enum Carrier: Sendable {
        case datagram
        case frame
    }

    /// What becomes of one datagram or frame.
    package struct Fate: Hashable, Sendable {
        /// How often it arrives: 0 to 2.
        package var copies: Int
        /// Nil for at once.
        package var due: Instant?

        package init(copies: Int, due: Instant? = nil) {
            self.copies = copies
            self.due = due
        }

        package static let pass = Fate(copies: 1)
        package static let lost = Fate(copies: 0)
    }

    /// A way that faults are said for; a nil peer stands for all that nothing is said for.
    package struct Way: Hashable, Comparable, Sendable {
        package var peer: NodeID?
        package var direction: Direction

        package init(peer: NodeID?, direction: Direction) {
            self.peer = peer
            self.direction = direction
        }

        package static func < (left: Way, right: Way) -> Bool {
            switch (left.peer, right.peer) {
            case (let left?, let right?) where left != right: left < right
            case (nil, _?): true
            case (_?, nil): false
            default: left.direction.rawValue < right.direction.rawValue
            }
        }
    }

    package struct Rule: Hashable, Sendable {
        package var faults: Faults
        package var end: Instant?
    }

    package private(set) var rules: [Way: Rule] = [:]
    package private(set) var counts = ChaosCounts()
    /// When the last frame arrives that was sent that way: later ones do not overtake it.
    private var lastDue: [Way: Instant] = [:]
    private var dice: SeededGenerator

    package init(seed: UInt64) { dice = SeededGenerator(seed: seed) }

    package mutating func set(_ faults: Faults, on way: Way, until end: Instant?) {
        rules[way] = Rule(faults: faults, end: end)
    }

    /// Forgets what was said for this peer, or everything.
    package mutating func heal(_ peer: NodeID?) {
        guard let peer else {
            rules = [:]
            return
        }
        for direction in Direction.allCases {
            rules[Way(peer: peer, direction: direction)] = nil
        }
    }

    /// Takes away the rules whose time is over, and says which.
    package mutating func expire(_ now: Instant) -> [Way] {
        lastDue = lastDue.filter { $0.value > now }
        let over = rules.filter { $0.value.end.map { $0 <= now } ?? false }.keys.sorted()
        for way in over { rules[way] = nil }
        return over
    }

    package var nextEnd: Instant { rules.values.compactMap(\.end).min() ?? .distantFuture }

    /// Whether what goes this way must be looked at one by one.
    package func screens(_ peer: NodeID?, _ direction: Direction, _ now: Instant) -> Bool {
        if rules.isEmpty && lastDue.isEmpty { return false }
        return faults(peer, direction) != nil
            || lastDue[Way(peer: peer, direction: direction)].map { $0 > now } ?? false
    }

    /// A connection needs both directions.
    package func isCut(_ peer: NodeID) -> Bool {
        Direction.allCases.contains { faults(peer, $0)?.isCut ?? false }
    }

    /// What becomes of one that travels now. A nil peer is somebody who is no known peer.
    package mutating func fate(
        of carrier: Carrier, _ peer: NodeID?, _ direction: Direction, now: Instant
    ) -> Fate {
        let faults = faults(peer, direction) ?? .none
        if faults.isCut || faults.drop.happens(&dice) {
            counts.dropped += 1
            return .lost
        }
        var due = now + delay(faults)
        if carrier == .frame {
            let way = Way(peer: peer, direction: direction)
            due = max(due, lastDue[way] ?? due)
            lastDue[way] = due > now ? due : nil
        }
        if due > now { counts.delayed += 1 }
        let isDoubled = faults.duplicate.happens(&dice)
        if isDoubled { counts.duplicated += 1 }
        return Fate(copies: isDoubled ? 2 : 1, due: due > now ? due : nil)
    }

    private func faults(_ peer: NodeID?, _ direction: Direction) -> Faults? {
        (rules[Way(peer: peer, direction: direction)]
            ?? rules[Way(peer: nil, direction: direction)])?.faults
    }

    private mutating func delay(_ faults: Faults) -> Duration {
        let jitter = faults.jitter.wholeNanoseconds
        guard jitter > 0 else { return faults.delay }
        let span = UInt64(jitter) * 2 + 1
        let offset = Int64(dice.next() % span) - jitter
        return max(.zero, faults.delay + .nanoseconds(offset))
    }
}

extension ChaosDirections {
    package var each: [FaultInjector.Direction] {
        FaultInjector.Direction.allCases.filter {
            contains(ChaosDirections(rawValue: $0.rawValue))
        }
    }
}
