import GrepvineDistCore
import GrepvineSimulation
import Testing

@Suite("The virtual network")
struct NetworkTests {
    private static let tries = 2000

    private func network(
        _ change: (inout SimulatedNetwork.Conditions) -> Void = { _ in }
    ) -> SimulatedNetwork {
        var network = SimulatedNetwork(count: 3, seed: 1)
        change(&network.conditions)
        return network
    }

    @Test("without faults every message arrives once, in order and soon")
    func calm() {
        var network = network()
        for _ in 0..<Self.tries {
            let copies = network.copies(from: 0, to: 1)
            #expect(copies.count == 1)
            #expect(copies.allSatisfy { $0.keepsOrder && (1...3_000_000).contains($0.delay) })
        }
        #expect(network.lost == 0)
    }

    @Test("a blocked way swallows one direction, until each reason is taken back")
    func blocked() {
        var network = network()
        network.block(from: 0, to: 1)
        network.block(from: 0, to: 1)
        #expect(network.copies(from: 0, to: 1).isEmpty)
        #expect(network.copies(from: 1, to: 0).count == 1)
        #expect(network.copies(from: 0, to: 2).count == 1)
        network.unblock(from: 0, to: 1)
        #expect(network.copies(from: 0, to: 1).isEmpty)
        network.unblock(from: 0, to: 1)
        #expect(network.copies(from: 0, to: 1).count == 1)
        #expect(network.lost == 2)
    }

    @Test("loss, duplication and reordering come at their rates")
    func rates() {
        var lossy = network { $0.loss = 0.25 }
        var twice = network { $0.duplication = 0.25 }
        var mixed = network { $0.reordering = 0.25 }
        var (arrived, copies, overtaking) = (0, 0, 0)
        for _ in 0..<Self.tries {
            arrived += lossy.copies(from: 0, to: 1).count
            copies += twice.copies(from: 0, to: 1).count
            overtaking += mixed.copies(from: 0, to: 1).count { !$0.keepsOrder }
        }
        #expect((1350...1650).contains(arrived))
        #expect((2350...2650).contains(copies))
        #expect((350...650).contains(overtaking))
        #expect(lossy.lost == Self.tries - arrived)
        #expect(twice.duplicated == copies - Self.tries)
    }

    @Test("slow messages take up to the long delay")
    func slow() {
        var network = network {
            $0.slowness = 1
            $0.longDelay = .seconds(1)
        }
        let delays = (0..<Self.tries).flatMap { _ in network.copies(from: 0, to: 1).map(\.delay) }
        #expect(delays.max()! > 900_000_000)
        #expect(delays.max()! < 1_010_000_000)
    }

    @Test("healing takes everything back")
    func heals() {
        var network = network {
            $0.loss = 1
            $0.duplication = 1
        }
        network.block(from: 1, to: 2)
        network.heal()
        #expect(network.copies(from: 1, to: 2).count == 1)
        #expect(network.copies(from: 0, to: 1).count == 1)
    }
}
