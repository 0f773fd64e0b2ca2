import GrepvineDistCore
import GrepvineGossip

/// Many members, one thread, one seed: virtual time and a network that loses, delays, repeats and
/// reorders. Deterministic, so that a failing seed can be replayed.
struct TestNetwork {
    struct Faults {
        var loss = 0.0
        var duplication = 0.0
        /// Every copy of a datagram takes its own time in this range, so they overtake each other.
        var delay: ClosedRange<Int64> = 100_000...1_000_000
    }

    private struct Delivery {
        let at: Instant
        let order: Int
        let bytes: [UInt8]
        let source: Int
        let target: Int

        func isBefore(_ other: Delivery) -> Bool { (at, order) < (other.at, other.order) }
    }

    struct Link: Hashable {
        let source: Int
        let target: Int
    }

    private(set) var now = Instant(nanoseconds: 5_000_000_000)
    var faults = Faults()
    var blocked: Set<Link> = []
    private(set) var nodes: [Int: Membership] = [:]
    private(set) var events: [Int: [MemberEvent]] = [:]
    private(set) var effects: [Int: [GossipEffect]] = [:]
    private(set) var sent = 0
    /// Whether nodes hold streams to one another, which no datagram fault touches.
    var hasStreams = false
    /// What names stand for.
    var names: [String: [Int]] = [:]
    /// Every delivery and every change, folded: equal only if all of them were equal.
    private(set) var trace: UInt64 = 0
    private var paused: Set<Int> = []
    private var backlog: [Int: [Delivery]] = [:]
    /// Copies of every running node's next wake.
    private var wakes: [Int: Instant] = [:]
    private var queue: [Delivery] = []
    private var order = 0
    private var dice: SeededGenerator
    let configuration: GossipConfiguration

    init(seed: UInt64, configuration: GossipConfiguration = .lan) {
        dice = SeededGenerator(seed: seed)
        self.configuration = configuration
    }

    static func id(_ index: Int) -> NodeID {
        NodeID(high: UInt64(index) &* 0x9e37_79b9_7f4a_7c15, low: UInt64(index))
    }

    static func address(_ index: Int) -> Address {
        Address(host: "10.0.0.\(index)", port: UInt16(7000 + index))
    }
}

extension TestNetwork {
    mutating func start(
        _ index: Int, seeds: [Int], bootEpoch: UInt64 = 1, cluster: String = "test",
        metadata: Metadata = Metadata(), identity: Int? = nil, remembered: [Claim] = []
    ) {
        var node = Membership(
            identity: Identity(id: Self.id(identity ?? index), bootEpoch: bootEpoch),
            name: "node\(index)", address: Self.address(index), cluster: cluster,
            metadata: metadata, configuration: configuration,
            seeds: seeds.map(Self.address) + names.keys.sorted().map { Address(host: $0, port: 1) },
            seed: dice.next())
        node.remember(remembered, now: now)
        nodes[index] = node
        backlog[index] = nil
        with(index) { $0.start(now: $1, into: &$2) }
    }

    /// Starts `count` nodes at the same moment, each with the first `seeds` as its seeds, and
    /// gives them time to find one another.
    mutating func form(_ count: Int, seeds: Int = 1, within time: Duration = .seconds(10)) {
        for index in 0..<count { start(index, seeds: Array(0..<min(seeds, count))) }
        _ = run(until: time) { $0.agree(Array(0..<count)) }
    }

    mutating func with(
        _ index: Int, _ act: (inout Membership, Instant, inout [GossipEffect]) -> Void
    ) {
        guard var node = nodes.removeValue(forKey: index) else { return }
        var produced: [GossipEffect] = []
        act(&node, now, &produced)
        nodes[index] = node
        if !paused.contains(index) { wakes[index] = node.nextWake }
        for effect in produced { carry(effect, of: index) }
    }

    /// kill -9.
    mutating func crash(_ index: Int) {
        nodes[index] = nil
        wakes[index] = nil
        paused.remove(index)
    }

    /// The process stands still; its socket buffers what comes.
    mutating func pause(_ index: Int) {
        paused.insert(index)
        wakes[index] = nil
    }

    mutating func resume(_ index: Int) {
        paused.remove(index)
        wakes[index] = nodes[index]?.nextWake
        for delivery in backlog.removeValue(forKey: index) ?? [] { deliver(delivery) }
    }

    mutating func split(_ left: [Int], _ right: [Int]) {
        for one in left {
            for other in right {
                blocked.insert(Link(source: one, target: other))
                blocked.insert(Link(source: other, target: one))
            }
        }
    }

    mutating func heal() { blocked = [] }

    /// Everybody holds a stream to everybody.
    mutating func connectStreams() {
        hasStreams = true
        for index in nodes.keys.sorted() {
            for other in nodes.keys.sorted() where other != index {
                with(index) {
                    $0.linkChanged(to: Self.id(other), isUp: true, now: $1)
                    _ = $2
                }
            }
        }
    }

    private mutating func carryStream(_ bytes: [UInt8], to peer: NodeID, from index: Int) {
        guard hasStreams, let target = nodes.keys.first(where: { Self.id($0) == peer }),
            !paused.contains(target)
        else { return }
        with(target) { node, now, effects in
            let isMessage = node.receive(
                stream: bytes[...], from: Self.id(index), now: now, into: &effects)
            precondition(isMessage)
        }
    }

    private mutating func carry(_ effect: GossipEffect, of index: Int) {
        if case .stream(let bytes, let peer) = effect {
            return carryStream(bytes, to: peer, from: index)
        }
        if case .resolve(let name) = effect {
            let found = (names[name.host] ?? []).map(Self.address)
            return with(index) { $0.resolved(name, to: found, now: $1, into: &$2) }
        }
        guard case .send(let bytes, let address) = effect else {
            effects[index, default: []].append(effect)
            if case .changed(let event) = effect {
                events[index, default: []].append(event)
                fold(UInt64(index), event.member.id.low, event.member.incarnation)
            }
            return
        }
        sent += 1
        let target = Int(address.port) - 7000
        let copies = Double.random(in: 0..<1, using: &dice) < faults.duplication ? 2 : 1
        for _ in 0..<copies {
            let delay = Int64.random(in: faults.delay, using: &dice)
            guard Double.random(in: 0..<1, using: &dice) >= faults.loss else { continue }
            order += 1
            push(
                Delivery(
                    at: now + .nanoseconds(delay), order: order, bytes: bytes, source: index,
                    target: target))
        }
    }

    private mutating func fold(_ words: UInt64...) {
        for word in words { trace = (trace ^ word) &* 0x100_0000_01b3 &+ UInt64(order) }
    }
}

extension TestNetwork {
    /// Whether all of these nodes believe exactly that all of these, and nobody else, are alive.
    func agree(_ indexes: [Int]) -> Bool {
        let expected = indexes.map(Self.id).sorted()
        return indexes.allSatisfy { index in
            nodes[index]?.members.filter { $0.liveness == .alive }.map(\.id) == expected
                && nodes[index]?.liveCount == expected.count
        }
    }

    func liveness(of subject: Int, at index: Int) -> MemberStatus.Liveness? {
        nodes[index]?.member(Self.id(subject))?.liveness
    }

    func kinds(about subject: Int, at index: Int) -> [MemberEvent.Kind] {
        (events[index] ?? []).filter { $0.member.id == Self.id(subject) }.map(\.kind)
    }

    mutating func forgetEvents() {
        events = [:]
        effects = [:]
    }

    mutating func run(for time: Duration) { _ = run(until: time) { _ in false } }

    /// Runs until the condition holds, at most for so long; how long it took, nil if it never did.
    mutating func run(until limit: Duration, _ isDone: (TestNetwork) -> Bool) -> Duration? {
        let start = now
        let end = now + limit
        var check = now
        while true {
            if now >= check {
                if isDone(self) { return now - start }
                check = now + .milliseconds(20)
            }
            guard let next = nextInstant, next <= end else { break }
            now = max(now, next)
            step()
        }
        now = end
        return isDone(self) ? now - start : nil
    }

    private var nextInstant: Instant? {
        var next = queue.first?.at
        for wake in wakes.values { next = min(next ?? .distantFuture, wake) }
        return next == .distantFuture ? nil : next
    }

    private mutating func step() {
        if let delivery = queue.first, delivery.at <= now {
            deliver(pop())
            return
        }
        let now = now
        for index in wakes.filter({ $0.value <= now }).keys.sorted() {
            with(index) { $0.wake(now: $1, into: &$2) }
        }
    }

    private mutating func deliver(_ delivery: Delivery) {
        let (source, target) = (delivery.source, delivery.target)
        guard nodes[target] != nil, !blocked.contains(Link(source: source, target: target))
        else { return }
        guard !paused.contains(target) else {
            backlog[target, default: []].append(delivery)
            return
        }
        fold(UInt64(source), UInt64(target), UInt64(delivery.bytes.count))
        with(target) { node, now, effects in
            node.receive(delivery.bytes, from: Self.address(source), now: now, into: &effects)
        }
    }

    // A binary heap by (time, order).

    private mutating func push(_ delivery: Delivery) {
        queue.append(delivery)
        var child = queue.count - 1
        while child > 0, queue[child].isBefore(queue[(child - 1) / 2]) {
            queue.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Delivery {
        queue.swapAt(0, queue.count - 1)
        let first = queue.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < queue.count && queue[child].isBefore(queue[least]) { least = child }
            guard least != parent else { return first }
            queue.swapAt(parent, least)
            parent = least
        }
    }
}
