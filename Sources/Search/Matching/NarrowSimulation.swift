/// The simulation of a pattern with at most 64 positions: sets are single words.
struct NarrowSimulation: Sendable {
    struct Shift: Sendable {
        /// Negative towards earlier positions.
        var distance: Int
        var sources: UInt64
    }

    struct Jump: Sendable {
        var sources: UInt64
        var targets: UInt64
    }

    /// As in `Simulation`: per class, then per side in the order of `Side`.
    private let waiting: [UInt64]
    private let entries: SIMD4<UInt64>
    private let accepting: SIMD4<UInt64>
    private let emptyMatches: SIMD4<UInt8>
    private let shifts: [Shift]
    private let jumps: [Jump]
    private let jumpSources: UInt64

    init(
        waiting: [UInt64], entries: [UInt64], accepting: [UInt64], emptyMatches: [Sides],
        shifts: [Shift], jumps: [Jump]
    ) {
        self.waiting = waiting
        self.entries = SIMD4(entries)
        self.accepting = SIMD4(accepting)
        self.emptyMatches = SIMD4(emptyMatches.map(\.rawValue))
        self.shifts = shifts
        self.jumps = jumps
        jumpSources = jumps.reduce(0) { $0 | $1.sources }
    }

    /// Whether the line matches, and how many scalars were read to know.
    func matches(
        _ bytes: UnsafeRawBufferPointer, _ classes: ScalarClasses, from start: Int, to end: Int
    ) -> (Bool, Int) {
        var current: UInt64 = 0
        var index = start
        var before = Side.edge
        var steps = 0
        while true {
            let unit = unsafe classes.unit(in: bytes, at: index, end: end)
            steps += 1
            let side = unit.side.rawValue
            let isEmptyMatch = emptyMatches[before.rawValue] >> UInt8(side) & 1 == 1
            if isEmptyMatch || current & accepting[side] != 0 { return (true, steps) }
            if unit.length == 0 { return (false, steps) }
            let next = following(current) | entries[before.rawValue]
            current = next & waiting[unit.scalarClass]
            before = unit.side
            index += unit.length
        }
    }

    @inline(__always)
    private func following(_ current: UInt64) -> UInt64 {
        var next: UInt64 = 0
        for shift in shifts { next |= (current & shift.sources) << shift.distance }
        if current & jumpSources != 0 {
            for jump in jumps where current & jump.sources != 0 { next |= jump.targets }
        }
        return next
    }
}
