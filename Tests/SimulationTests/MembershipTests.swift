import GrepvineDistCore
import GrepvineGossip
import Testing

@testable import GrepvineSimulation

/// The experiments of `grepvine-sim membership` at sizes that a test may have.
@Suite("Membership experiments")
struct MembershipTests {
    @Test("everybody hears of a crash within the longest suspicion and some rounds of gossip")
    func crash() throws {
        let experiment = CrashExperiment(nodes: 20, crashes: 4, seed: 3)
        let slowest = try #require(experiment.slowest)
        // Shortest suspicion of 20 nodes 5.2 s; the longest, six times that, is for lone accusers.
        #expect(slowest > .seconds(5) && slowest < .seconds(16))
        #expect(experiment.falsePositives == 0)
    }

    @Test("what a node sends does not grow with the cluster")
    func traffic() {
        let small = TrafficExperiment(nodes: 8, seconds: 20, seed: 1)
        let large = TrafficExperiment(nodes: 48, seconds: 20, seed: 1)
        #expect(abs(large.bytes - small.bytes) < small.bytes * 0.1)
        #expect(large.packets < 2.2)
    }

    @Test("while some stall, Lifeguard keeps healthy nodes from being declared dead")
    func lifeguard() {
        let rhythm = StallExperiment.Rhythm(
            stall: .milliseconds(8192), pause: .milliseconds(64))
        func falsePositives(_ lifeguard: Lifeguard) -> Int {
            StallExperiment.run(
                nodes: 30, stalling: 3, rhythm: rhythm, lifeguard: lifeguard, length: .seconds(60),
                seed: 1
            ).atHealthy
        }
        let off = falsePositives([])
        #expect(off >= 50)
        #expect(falsePositives(.whole) * 50 <= off)
    }

    @Test("halves that were apart have one view within 30 s of healing (S3)", arguments: 1...3)
    func partition(seed: UInt64) {
        let time = HealingExperiment.partition(nodes: 20, lasting: .seconds(120), seed: seed)
        #expect(time != nil)
    }

    @Test("when all are killed and started again no ghost stays", arguments: 1...3)
    func massRestart(seed: UInt64) {
        #expect(HealingExperiment.massRestart(nodes: 20, seed: seed) != nil)
    }

    @Test("halves that started apart become one", arguments: 1...3)
    func bootedApart(seed: UInt64) {
        #expect(HealingExperiment.bootedApart(nodes: 16, seed: seed) != nil)
    }
}
