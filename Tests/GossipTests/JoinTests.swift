import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Joining")
struct JoinTests {
    @Test("three nodes started together find one another from any seed order", arguments: 0..<27)
    func threeFromAnySeeds(_ number: Int) {
        var network = TestNetwork(seed: UInt64(number))
        // Node i names one node; a chain or a star of names is enough, itself is ignored.
        let named = [number % 3, number / 3 % 3, number / 9]
        let links = Set(
            (0..<3).filter { named[$0] != $0 }.map { Set([$0, named[$0]]) })
        for index in 0..<3 { network.start(index, seeds: [named[index]]) }
        let time = network.run(until: .seconds(8)) { $0.agree([0, 1, 2]) }
        #expect((time != nil) == (links.count >= 2), "seeds \(named)")
    }
}
