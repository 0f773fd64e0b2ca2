import Foundation
import GrepvineSimulation
import Testing

@Suite("A seed is all that a run depends on")
struct DeterminismTests {
    @Test("two runs in one process have the same trace, and another seed has another")
    func sameProcess() {
        let first = Simulation.run(seed: 5)
        #expect(first.traceHash == Simulation.run(seed: 5).traceHash)
        #expect(first.traceHash != Simulation.run(seed: 6).traceHash)
    }

    @Test("reading along changes nothing")
    func tracingIsNeutral() {
        var options = SimulationOptions()
        options.keepsTrace = true
        let traced = Simulation.run(seed: 7, options: options)
        #expect(!traced.trace.isEmpty)
        #expect(traced.traceHash == Simulation.run(seed: 7).traceHash)
    }

    @Test("two processes have the same trace", arguments: [8, 9, 11])
    func twoProcesses(_ seed: Int) throws {
        let first = try Self.output(of: seed)
        #expect(first.contains("trace "))
        #expect(first == (try Self.output(of: seed)))
    }

    /// What the tool says about a seed, without how long it took.
    private static func output(of seed: Int) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = tool
        process.arguments = ["--seed", "\(seed)"]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return lines.filter { !$0.contains(" seeds in ") }.joined(separator: "\n")
    }

    /// Beside the tests, where the package builds it.
    private static let tool = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("grepvine-sim")
}
