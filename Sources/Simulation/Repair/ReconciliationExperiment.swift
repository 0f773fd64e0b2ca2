import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// What it costs two owners of many entries to find out which of them differ, and to make them the
/// same (A1, A2): bytes that both send, by what they are for.
package final class ReconciliationExperiment {
    package struct Row: Sendable {
        package let differences: Int
        /// Reconciliations of some partitions each.
        package let exchanges: Int
        /// Hashes of the tree, and sketches or lists of what partitions hold.
        package let compared: Int
        package let sketched: Int
        package let records: Int
        /// From the moment when the last difference came into being.
        package let time: Duration
        /// The owners hold the same.
        package let isComplete: Bool
    }

    private let simulator: Simulator
    private var dice: SeededGenerator
    private var written = 0

    /// Two owners that hold the same `entries`.
    package init(entries: Int, seed: UInt64) {
        simulator = Simulator(.scripted(nodes: 2), options: SimulationOptions())
        dice = SeededGenerator(seed: seed)
        for machine in simulator.machines { simulator.start(machine.index) }
        pass(.seconds(3))
        for _ in 0..<entries {
            let body = nextWrite()
            for machine in 0..<2 { write(body, at: machine) }
        }
        _ = settled()
    }

    /// New entries at one owner or the other, until both have them. Row by row they grow more.
    package func row(differences: Int) -> Row {
        let before = total()
        for _ in 0..<differences { write(nextWrite(), at: Int.random(in: 0..<2, using: &dice)) }
        let (isComplete, time) = settled()
        let after = total()
        return Row(
            differences: differences, exchanges: after.exchanges - before.exchanges,
            compared: after.compared - before.compared,
            sketched: after.sketched - before.sketched, records: after.records - before.records,
            time: time, isComplete: isComplete)
    }

    private func pass(_ time: Duration) {
        simulator.run(until: simulator.now + time.wholeNanoseconds)
    }

    /// The body of a frame with a new record.
    private func nextWrite() -> [UInt8] {
        written += 1
        let clock = HybridClock(simulator.wall)
        let record = Record(
            key: Key("entry:\(written)"), version: Version(clock: clock, origin: UInt64(written)),
            value: Array("value \(dice.next())".utf8))
        return WriteMessage().encoded(with: record.encoded())
    }

    /// As a coordinator would that nobody knows: the answer goes nowhere.
    private func write(_ body: [UInt8], at machine: Int) {
        let header = FrameHeader(kind: FrameKind.write.rawValue, requestID: 1)
        simulator.drive(machine) { node, now in
            body.withUnsafeBytes {
                node.handle(.frame(header, body: $0, from: NodeID(high: 9, low: 9)), at: now)
            }
        }
    }

    /// Within ten minutes.
    private func settled() -> (Bool, Duration) {
        for step in 0...12_000 {
            if simulator.difference() == nil { return (true, .milliseconds(50 * step)) }
            pass(.milliseconds(50))
        }
        return (false, .seconds(600))
    }

    private struct Total {
        var exchanges = 0
        var compared = 0
        var sketched = 0
        var records = 0
    }

    private func total() -> Total {
        simulator.machines.compactMap(\.process).reduce(into: Total()) { sum, process in
            let repair = process.node.metrics.repair
            sum.exchanges += Int(repair.exchanges)
            sum.compared += Int(repair.comparedBytes)
            sum.sketched += Int(repair.sketchedBytes)
            sum.records += Int(repair.sentBytes)
        }
    }

    package static func table(_ rows: [Row]) -> String {
        let header = [
            "differences", "exchanges", "digest bytes", "sketch bytes", "both", "per difference",
            "record bytes", "seconds",
        ]
        return Columns.text(
            [header]
                + rows.map { row in
                    let both = row.compared + row.sketched
                    return [
                        "\(row.differences)", "\(row.exchanges)", "\(row.compared)",
                        "\(row.sketched)", "\(both)", "\(both / max(1, row.differences))",
                        "\(row.records)", row.isComplete ? row.time.cell : "never",
                    ]
                })
    }
}
