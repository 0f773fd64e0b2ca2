import Foundation
import GrepvineNode
import GrepvineSimulation
import Testing

@Suite("Simulated clusters keep their promises")
struct SeedTests {
    @Test("under faults of many kinds", arguments: 1...4 as ClosedRange<UInt64>)
    func keepPromises(_ seed: UInt64) {
        let report = Simulation.run(seed: seed)
        #expect(report.violations == [], "replay: grepvine-sim --seed \(seed)")
        #expect(report.succeeded > 20)
        #expect(report.greps > 0)
    }

    @Test("with every seed that once broke one", arguments: Self.brokenOnce)
    func brokenSeeds(_ seed: UInt64) {
        #expect(Simulation.run(seed: seed).violations == [], "replay: grepvine-sim --seed \(seed)")
    }

    /// The first number of each line that is no comment.
    private static let brokenOnce: [UInt64] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("seeds.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first.flatMap { UInt64($0) }
        }
    }()

    @Test("the list of those seeds is there")
    func hasBrokenSeeds() {
        #expect(Self.brokenOnce.count >= 10)
    }

    @Test(
        "a refusal that counts as an ack is found, and purging by age, and writes after the purge",
        arguments: [.countSupersededAsAck, .ageBasedPurge, .replayAfterPurge]
            as [NodeConfiguration.PlantedBug])
    func findsPlantedBug(_ bug: NodeConfiguration.PlantedBug) {
        var options = SimulationOptions()
        options.plantedBug = bug
        let found = (1...1000 as ClosedRange<UInt64>).first { seed in
            !Simulation.run(seed: seed, options: options).violations.isEmpty
        }
        #expect(found != nil)
    }

    @Test("values really go for room where memory is scarce (E1)")
    func evictionsHappen() {
        #expect(Simulation.run(seed: 7).faults["value that went for room", default: 0] > 0)
    }

    @Test("the faults of a plan really happen", arguments: Plan.Fault.allCases)
    func faultsHappen(_ fault: Plan.Fault) throws {
        let seed = try #require(
            (1...200 as ClosedRange<UInt64>).first { seed in
                Plan(seed: seed).courses.contains { $0.fault == fault && $0.interval < .seconds(1) }
            })
        #expect(Simulation.run(seed: seed).faults[fault.rawValue, default: 0] > 0)
    }
}
