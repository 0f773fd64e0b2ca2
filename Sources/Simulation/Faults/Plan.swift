import GrepvineDistCore
import GrepvineGossip
import GrepvineNode

/// Everything about one run that its seed decides before it begins. Each run gets a few faults out
/// of all, at its own rates: a run with everything at once rarely gets far enough to go wrong in
/// an interesting way.
package struct Plan: Sendable {
    /// What can go wrong.
    package enum Fault: String, CaseIterable, Sendable {
        /// Two groups that cannot hear each other.
        case partition
        /// Some ways swallow everything in one direction.
        case oneWay = "one-way"
        /// Messages are lost, repeated and overtaken.
        case lossy
        /// Messages take long, so that they overtake others.
        case slow
        /// A process is killed and starts again; its memory is gone.
        case crash
        /// A process is stopped and goes on.
        case pause
        /// A wall clock jumps.
        case clock
        /// A connection breaks.
        case reset
    }

    package struct Course: Hashable, Sendable {
        package let fault: Fault
        /// Mean time from the end of one to the beginning of the next.
        package let interval: Duration
        /// Longest time that one lasts.
        package let longest: Duration
    }

    package private(set) var seed: UInt64
    /// Gossip is encrypted in one run of three.
    package private(set) var isSealed: Bool
    /// Bytes for writes that owners miss. In one run of four they are few, and not kept for long.
    package private(set) var hintMemory: Int?
    /// Bytes of memory of a node that lets go of what does not fit. In one run of four they are few,
    /// values are large, and keys lie in so few partitions that what went is not remembered by key.
    package private(set) var evictingMemory: Int?
    package private(set) var nodes: Int
    package let replicas = 3
    /// Which nodes remember id and topology.
    package private(set) var disks: [Bool]
    package private(set) var skews: [Duration]
    /// Clocks differ so much that nodes refuse each other's stamps (V3).
    package private(set) var isClockWild: Bool
    package private(set) var clients: Int
    package private(set) var hotKeys: Int
    package private(set) var coldKeys: Int
    /// Longest pause of a client between two operations.
    package private(set) var thought: Duration
    package private(set) var courses: [Course]
    /// Faults begin before the cluster has formed.
    package private(set) var formsUnderFaults: Bool
    package private(set) var faultyTime: Duration
    package private(set) var operationTimeout: Duration
    package private(set) var retry: Duration

    package init(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        isSealed = seed % 3 == 1
        hintMemory = seed % 4 == 2 ? 4096 : nil
        evictingMemory = seed % 4 == 3 ? 512 << 10 : nil
        self.seed = dice.next()
        nodes = Int.random(in: 3...7, using: &dice)
        disks = (0..<nodes).map { _ in Bool.random(using: &dice) }
        isClockWild = Int.random(in: 0..<5, using: &dice) == 0
        let widest: Int64 = isClockWild ? 10_000 : 400
        skews = (0..<nodes).map { _ in
            .milliseconds(Int64.random(in: -widest...widest, using: &dice))
        }
        clients = Int.random(in: 3...7, using: &dice)
        hotKeys = Int.random(in: 1...4, using: &dice)
        coldKeys = Int.random(in: 8...48, using: &dice)
        thought = .milliseconds([5, 20, 60].randomElement(using: &dice) ?? 20)
        courses = Self.courses(&dice)
        formsUnderFaults = Int.random(in: 0..<4, using: &dice) == 0
        faultyTime = .milliseconds(Int64.random(in: 5_000...12_000, using: &dice))
        operationTimeout = .milliseconds(Int64.random(in: 800...2_500, using: &dice))
        retry = .milliseconds(Int64.random(in: 60...400, using: &dice))
    }

    /// A cluster to which only that happens what a script does.
    package static func scripted(
        nodes: Int, hintMemory: Int? = nil, evictingMemory: Int? = nil
    ) -> Plan {
        var plan = Plan(seed: 1)
        plan.nodes = nodes
        plan.disks = Array(repeating: false, count: nodes)
        plan.skews = Array(repeating: .zero, count: nodes)
        plan.isClockWild = false
        plan.isSealed = false
        plan.hintMemory = hintMemory
        plan.evictingMemory = evictingMemory
        plan.courses = []
        plan.operationTimeout = .seconds(4)
        plan.retry = .milliseconds(100)
        return plan
    }

    private static func courses(_ dice: inout SeededGenerator) -> [Course] {
        let chosen = Fault.allCases.shuffled(using: &dice).prefix(
            Int.random(in: 1...5, using: &dice))
        return chosen.sorted { $0.rawValue < $1.rawValue }.map { fault in
            Course(
                fault: fault,
                interval: .milliseconds(Int64.random(in: 200...3_000, using: &dice)),
                longest: .milliseconds(Int64.random(in: 100...4_000, using: &dice)))
        }
    }

    /// Gossip and synchronisation run fast, so that a few virtual seconds hold many rounds.
    func configuration(of node: Int, addresses: [Address]) -> NodeConfiguration {
        var configuration = NodeConfiguration()
        configuration.cluster = "simulated"
        configuration.name = "n\(node)"
        configuration.address = addresses[node]
        // Everybody knows the first two, and they know each other.
        configuration.seeds = Array(addresses.prefix(2))
        configuration.expected = nodes
        configuration.replicas = replicas
        configuration.host = "h\(node)"
        configuration.gossip = .local
        configuration.timeouts.operation = operationTimeout
        configuration.timeouts.retry = retry
        if let hintMemory {
            configuration.hints.memory = hintMemory
            configuration.hints.memoryPerNode = hintMemory / 2
            configuration.hints.age = .seconds(2)
        }
        if let evictingMemory {
            configuration.limits.memory = evictingMemory
            configuration.limits.eviction = .s3fifo
            configuration.limits.evictionsRemembered = 1
        }
        configuration.repair.interval = .seconds(1)
        configuration.repair.settling = .milliseconds(200)
        configuration.repair.scrub = .seconds(10)
        configuration.repair.purge = .milliseconds(500)
        configuration.repair.purgeMargin = .milliseconds(300)
        configuration.timeouts.grep = .seconds(3)
        configuration.timeouts.idleStream = .seconds(4)
        configuration.timeouts.hedge = .milliseconds(250)
        return configuration
    }
}
