import GrepvineDistCore
import GrepvineGossip

/// Members without the rest of a node, on one thread and from one seed: the very same `Membership`
/// values that servers run, light enough for a thousand of them.
final class MembershipCluster {
    enum Occurrence {
        case wake(node: Int, at: Int64)
        case datagram([UInt8], from: Int, to: Int)
        case stream([UInt8], from: Int, to: Int)
    }

    /// A node that handles no messages for a while, though its timers run: what CPU exhaustion
    /// looks like to a failure detector (Lifeguard §III). Sends wait behind it, and what arrives
    /// waits as long as the socket's buffer has room.
    struct Stall {
        var outgoing: [(effect: GossipEffect, node: Int)] = []
        var incoming: [Occurrence] = []
        static let buffer = 256
    }

    let configuration: GossipConfiguration
    private(set) var now: Int64 = 1_000_000_000
    private(set) var nodes: [Membership?]
    private(set) var lives: [UInt64]
    /// Messages travel only between nodes of one group.
    var groups: [Int]
    /// Chance of a datagram to get lost, and how long one takes, in nanoseconds.
    var loss = 0.0
    var delay: ClosedRange<Int64> = 100_000...1_000_000
    /// Whether nodes hold streams to one another.
    let hasStreams: Bool
    /// Called with every change that some node notices.
    var onChange: (Int, MemberEvent) -> Void = { _, _ in }
    private(set) var steps = 0
    private var stalls: [Int: Stall] = [:]
    private var wakes: [Int64]
    private var queue = EventQueue<Occurrence>()
    private var dice: SeededGenerator
    private let indices: [NodeID: Int]

    init(_ count: Int, configuration: GossipConfiguration, seed: UInt64, hasStreams: Bool = true) {
        self.configuration = configuration
        self.hasStreams = hasStreams
        dice = SeededGenerator(seed: seed)
        nodes = Array(repeating: nil, count: count)
        lives = Array(repeating: 0, count: count)
        groups = Array(repeating: 0, count: count)
        wakes = Array(repeating: .max, count: count)
        indices = Dictionary(uniqueKeysWithValues: (0..<count).map { (Self.id($0), $0) })
    }

    static func id(_ index: Int) -> NodeID {
        NodeID(high: Mix.fold(UInt64(index) &+ 1, 0x9e37_79b9_7f4a_7c15), low: UInt64(index))
    }

    static func address(_ index: Int) -> Address {
        Address(host: "10.0.\(index / 250).\(index % 250)", port: UInt16(7000 + index))
    }

    func index(of id: NodeID) -> Int? { indices[id] }

    private func claim(_ index: Int, _ standing: Standing) -> Claim {
        Claim(
            id: Self.id(index), name: "node-\(index)", address: Self.address(index),
            standing: standing, profile: Profile(version: 1, metadata: Metadata()))
    }

    /// Starts a node with seeds, and with what it remembers of an earlier time.
    func start(_ index: Int, seeds: [Int] = [], remembering claims: [Claim] = []) {
        lives[index] += 1
        var node = Membership(
            identity: Identity(id: Self.id(index), bootEpoch: lives[index]), name: "node-\(index)",
            address: Self.address(index), cluster: "simulated", metadata: Metadata(),
            configuration: configuration, seeds: seeds.map(Self.address), seed: dice.next())
        node.remember(claims, now: instant)
        nodes[index] = node
        act(index) { $0.start(now: $1, into: &$2) }
        guard hasStreams else { return }
        for other in nodes.indices where nodes[other] != nil && other != index {
            connect(index, other)
        }
    }

    /// Starts everybody, knowing everybody: a cluster that has long formed.
    func startFormed() {
        let claims = nodes.indices.map {
            claim($0, Standing(bootEpoch: 1, incarnation: 0, liveness: .alive))
        }
        for index in nodes.indices { start(index, remembering: claims) }
    }

    /// Everybody of the topology, not yet heard of in this life.
    func topology() -> [Claim] {
        nodes.indices.map { claim($0, Standing(bootEpoch: 0, incarnation: 0, liveness: .dead)) }
    }

    func keepEverybody() {
        let ids = nodes.indices.map(Self.id)
        for index in nodes.indices { nodes[index]?.keep(ids) }
    }

    /// kill -9.
    func crash(_ index: Int) {
        nodes[index] = nil
        wakes[index] = .max
        stalls[index] = nil
        for other in nodes.indices where nodes[other] != nil {
            nodes[other]?.linkChanged(to: Self.id(index), isUp: false, now: instant)
        }
    }

    func stall(_ index: Int) { stalls[index] = stalls[index] ?? Stall() }

    func resume(_ index: Int) {
        guard let stall = stalls.removeValue(forKey: index) else { return }
        for held in stall.outgoing { carry(held.effect, of: held.node) }
        for occurrence in stall.incoming { happen(occurrence) }
    }

    /// Cuts the network, or joins it again, and the streams with it.
    func regroup(_ groups: [Int]) {
        self.groups = groups
        guard hasStreams else { return }
        for one in nodes.indices {
            for other in nodes.indices where other > one { connect(one, other) }
        }
    }

    private func connect(_ one: Int, _ other: Int) {
        let isUp = groups[one] == groups[other] && nodes[one] != nil && nodes[other] != nil
        nodes[one]?.linkChanged(to: Self.id(other), isUp: isUp, now: instant)
        nodes[other]?.linkChanged(to: Self.id(one), isUp: isUp, now: instant)
        schedule(one)
        schedule(other)
    }
}

extension MembershipCluster {
    var instant: Instant { Instant(nanoseconds: now) }

    func run(for time: Duration) { run(until: now + time.wholeNanoseconds) }

    /// Until the condition holds, looked at every 50 ms; how long it took, nil if it never did.
    func run(atMost time: Duration, until holds: () -> Bool) -> Duration? {
        let start = now
        let end = now + time.wholeNanoseconds
        while !holds() {
            guard now < end else { return nil }
            run(until: min(end, now + 50_000_000))
        }
        return .nanoseconds(now - start)
    }

    private func run(until end: Int64) {
        while let next = queue.nextTime, next <= end, let (time, occurrence) = queue.next() {
            now = max(now, time)
            happen(occurrence)
        }
        now = max(now, end)
    }

    /// Whether these nodes believe exactly that all of them, and nobody else, are alive.
    func agree(_ indices: [Int]) -> Bool {
        indices.allSatisfy { index in
            nodes[index]?.liveCount == indices.count && nodes[index]?.suspectCount == 0
        } && Set(indices.map { nodes[$0]?.viewDigest }).count == 1
    }

    func act(
        _ index: Int, _ step: (inout Membership, Instant, inout [GossipEffect]) -> Void
    ) {
        var effects: [GossipEffect] = []
        guard nodes[index] != nil else { return }
        step(&nodes[index]!, instant, &effects)
        for effect in effects { carry(effect, of: index) }
        schedule(index)
    }

    private func schedule(_ index: Int) {
        guard let wake = nodes[index]?.nextWake, wake < .distantFuture else { return }
        let time = max(now, wake.nanoseconds)
        guard time != wakes[index] else { return }
        wakes[index] = time
        queue.add(.wake(node: index, at: time), at: time)
    }

    private func happen(_ occurrence: Occurrence) {
        steps += 1
        switch occurrence {
        case .wake(let index, let time):
            guard wakes[index] == time else { return }
            wakes[index] = .max
            act(index) { $0.wake(now: $1, into: &$2) }
        case .datagram(let bytes, let source, let target):
            guard groups[source] == groups[target], !isHeld(occurrence, target) else { return }
            let address = Self.address(source)
            act(target) { $0.receive(bytes, from: address, now: $1, into: &$2) }
        case .stream(let bytes, let source, let target):
            guard groups[source] == groups[target], !isHeld(occurrence, target) else { return }
            act(target) { node, now, effects in
                precondition(
                    node.receive(
                        stream: bytes[...], from: Self.id(source), now: now, into: &effects))
            }
        }
    }

    private func isHeld(_ occurrence: Occurrence, _ target: Int) -> Bool {
        guard stalls[target] != nil else { return false }
        if stalls[target]!.incoming.count < Stall.buffer {
            stalls[target]!.incoming.append(occurrence)
        }
        return true
    }

    private func carry(_ effect: GossipEffect, of index: Int) {
        if case .changed(let event) = effect { return onChange(index, event) }
        guard stalls[index] == nil else {
            stalls[index]!.outgoing.append((effect, index))
            return
        }
        switch effect {
        case .send(let bytes, let address):
            guard loss == 0 || Double.random(in: 0..<1, using: &dice) >= loss else { return }
            let target = Int(address.port) - 7000
            queue.add(.datagram(bytes, from: index, to: target), at: now + travel())
        case .stream(let bytes, let peer):
            guard let target = indices[peer], groups[index] == groups[target] else { return }
            queue.add(.stream(bytes, from: index, to: target), at: now + travel())
        default: break
        }
    }

    private func travel() -> Int64 { Int64.random(in: delay, using: &dice) }
}
