import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Failures")
struct FailureTests {
    struct Crash: Sendable, CustomTestStringConvertible {
        let name: String
        let nodes: Int
        let configuration: GossipConfiguration
        /// Survivors notice broken connections at once.
        let hasEvidence: Bool
        let bound: Duration

        var testDescription: String { name }
    }

    static let crashes = [
        Crash(
            name: "3 nodes, lan, broken connections", nodes: 3, configuration: .lan,
            hasEvidence: true, bound: .seconds(3)),
        Crash(
            name: "3 nodes, lan, probes alone", nodes: 3, configuration: .lan,
            hasEvidence: false, bound: .seconds(5)),
        Crash(
            name: "3 nodes, local, probes alone", nodes: 3, configuration: .local,
            hasEvidence: false, bound: .milliseconds(1300)),
        Crash(
            name: "2 nodes, local, probes alone", nodes: 2, configuration: .local,
            hasEvidence: false, bound: .milliseconds(1300)),
        Crash(
            name: "16 nodes, lan, probes alone", nodes: 16, configuration: .lan,
            hasEvidence: false, bound: .seconds(12)),
    ]

    @Test("every survivor declares a crashed node dead within the bound", arguments: crashes)
    func crashIsDetected(_ crash: Crash) throws {
        var times: [Duration] = []
        for seed in 0..<10 {
            var network = TestNetwork(seed: UInt64(seed), configuration: crash.configuration)
            network.form(crash.nodes)
            network.run(for: .milliseconds(5000 + 37 * seed))
            let victim = crash.nodes - 1
            network.crash(victim)
            let survivors = Array(0..<victim)
            if crash.hasEvidence {
                for index in survivors {
                    network.with(index) { $0.suspect(TestNetwork.id(victim), now: $1, into: &$2) }
                }
            }
            let time = network.run(until: crash.bound) { network in
                survivors.allSatisfy { network.liveness(of: victim, at: $0) == .dead }
            }
            times.append(try #require(time, "seed \(seed)"))
            #expect(network.agree(survivors))
        }
        // Nobody is declared dead before it had a real chance to object.
        #expect(times.min() ?? .zero > crash.configuration.probeInterval * 2)
    }

    @Test("two of three crash together: the last one finds out without a witness")
    func lastOneStanding() {
        var network = TestNetwork(seed: 8)
        network.form(3)
        network.crash(1)
        network.crash(2)
        #expect(network.run(until: .seconds(10)) { $0.agree([0]) } != nil)
    }

    @Test("a node that one peer cannot reach directly stays alive by indirect probes")
    func indirectProbes() {
        var network = TestNetwork(seed: 9)
        network.form(4)
        network.forgetEvents()
        network.blocked = [.init(source: 0, target: 3), .init(source: 3, target: 0)]
        network.run(for: .seconds(60))
        #expect((0..<4).allSatisfy { network.kinds(about: 3, at: $0).isEmpty })
        #expect(network.agree([0, 1, 2, 3]))
    }

    @Test("with one datagram in ten lost, nobody is declared dead")
    func lossyNetwork() {
        var network = TestNetwork(seed: 10)
        network.form(5)
        network.faults.loss = 0.1
        network.forgetEvents()
        network.run(for: .seconds(120))
        for index in 0..<5 {
            #expect((network.events[index] ?? []).allSatisfy { $0.kind != .died })
        }
    }

    @Test(
        "a paused node is suspected, refutes when it wakes, and accuses nobody", arguments: 0..<10)
    func shortPause(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.form(5)
        network.run(for: .seconds(3))
        network.forgetEvents()
        network.pause(2)
        let suspected = network.run(until: .seconds(6)) { network in
            [0, 1, 3, 4].contains { network.liveness(of: 2, at: $0) == .suspect }
        }
        #expect(suspected != nil)
        network.resume(2)
        #expect(network.run(until: .seconds(5)) { $0.agree([0, 1, 2, 3, 4]) } != nil)
        #expect(network.nodes[2]?.member(TestNetwork.id(2))?.incarnation ?? 0 > 0)
        network.run(for: .seconds(20))
        #expect((network.events[2] ?? []).isEmpty)
        #expect(network.agree([0, 1, 2, 3, 4]))
    }

    @Test("a node that slept until it was declared dead comes back by itself", arguments: 0..<10)
    func longPause(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.form(3)
        network.pause(1)
        network.run(for: .seconds(40))
        #expect(network.agree([0, 2]))
        #expect(network.liveness(of: 1, at: 0) == .dead)
        network.resume(1)
        #expect(network.run(until: .seconds(30)) { $0.agree([0, 1, 2]) } != nil)
        #expect(network.kinds(about: 1, at: 0).last == .recovered)
        #expect(network.events[1]?.contains { $0.kind == .died } == false)
    }

    @Test("while the data plane is down a node does not defend itself; then it does (S4)")
    func unhealthyDataPlane() {
        var network = TestNetwork(seed: 11)
        network.form(4)
        network.with(3) { node, now, _ in node.update(isHealthy: false, now: now) }
        let died = network.run(until: .seconds(12)) { network in
            (0..<3).allSatisfy { network.liveness(of: 3, at: $0) == .dead }
        }
        #expect(died != nil)
        network.with(3) { node, now, _ in node.update(isHealthy: true, now: now) }
        #expect(network.run(until: .seconds(30)) { $0.agree([0, 1, 2, 3]) } != nil)
    }

    @Test("leaving is told to everybody and is not taken for a crash")
    func leave() {
        var network = TestNetwork(seed: 12)
        network.form(6)
        network.forgetEvents()
        network.with(5) { $0.leave(now: $1, into: &$2) }
        let told = network.run(until: .seconds(3)) { network in
            (0..<5).allSatisfy { network.liveness(of: 5, at: $0) == .left }
                && network.nodes[5]?.isDrained == true
        }
        #expect(told != nil)
        network.crash(5)
        network.run(for: .seconds(60))
        for index in 0..<5 { #expect(network.kinds(about: 5, at: index) == [.left]) }
    }
}
