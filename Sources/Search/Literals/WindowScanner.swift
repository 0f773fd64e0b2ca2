/// Finds places where three bytes of a window are in their sets, sixteen places at a time.
struct WindowScanner: Sendable {
    private struct Probe: Sendable {
        var offset: Int
        var set: ByteSet
    }

    private let probes: (Probe, Probe, Probe)
    private let isOneRangeEach: Bool
    /// Bytes from the start of a window to the end of its last probe.
    let reach: Int
    /// The whole window, to look at a candidate with one comparison. Lanes behind it hold all.
    private var lows = SIMD16<UInt8>.zero
    private var widths = SIMD16<UInt8>(repeating: 255)
    private var otherLows = SIMD16<UInt8>.zero
    private var otherWidths = SIMD16<UInt8>(repeating: 255)

    /// Above this share of places the automaton alone is faster.
    private static let mostCandidates = 1.0 / 300

    /// Nil when candidates would be too many.
    init?(_ window: [ByteSet]) {
        guard Self.rate(of: window) <= Self.mostCandidates else { return nil }
        let chosen = Self.chosen(of: window).map { Probe(offset: $0, set: window[$0]) }
        probes = (chosen[0], chosen[1 % chosen.count], chosen[2 % chosen.count])
        isOneRangeEach = chosen.allSatisfy(\.set.isOneRange)
        reach = (chosen.map(\.offset).max() ?? 0) + 1
        for (lane, set) in window.prefix(16).enumerated() {
            (lows[lane], widths[lane]) = (set.low, set.width)
            (otherLows[lane], otherWidths[lane]) = (set.otherLow, set.otherWidth)
        }
    }

    /// About how many places of common text would be candidates.
    static func rate(of window: [ByteSet]) -> Double {
        window.isEmpty ? 1 : share(of: chosen(of: window).map { window[$0] })
    }

    /// About how many places of common text hold such bytes. Bytes of one kind stand together, so
    /// that a second one out of the same set says little.
    static func share(of window: [ByteSet]) -> Double {
        var seen: Set<ByteSet> = []
        return window.reduce(1) { share, set in
            share * (seen.insert(set).inserted ? set.share : 0.5)
        }
    }

    /// Up to three offsets: those of the rarest sets that differ, then those furthest back.
    private static func chosen(of window: [ByteSet]) -> [Int] {
        var seen: Set<ByteSet> = []
        let ranks = window.indices.map { offset in
            let isNew = seen.insert(window[offset]).inserted
            return (rank: isNew ? window[offset].share : 0.5, offset: -offset)
        }
        return ranks.sorted { $0 < $1 }.prefix(3).map { -$0.offset }
    }

    /// The first place in `start..<end` where the window's bytes are, or might be when less than
    /// sixteen bytes are left.
    func first(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        var index = start
        while let place = unsafe candidate(in: bytes, from: index, to: end) {
            guard place + 16 <= bytes.count, unsafe !isWindow(bytes, place) else { return place }
            index = place + 1
        }
        return nil
    }

    private func isWindow(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Bool {
        let block = unsafe bytes.block(at: index)
        let members = (block &- lows .<= widths) .| (block &- otherLows .<= otherWidths)
        return (.!members).isEmpty
    }

    private func candidate(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        isOneRangeEach
            ? unsafe candidate(in: bytes, from: start, to: end) { bytes, index, probe in
                unsafe bytes.block(at: index + probe.offset) &- probe.set.low
                    .<= SIMD16(repeating: probe.set.width)
            }
            : unsafe candidate(in: bytes, from: start, to: end) { bytes, index, probe in
                let block = unsafe bytes.block(at: index + probe.offset)
                return (block &- probe.set.low .<= SIMD16(repeating: probe.set.width))
                    .| (block &- probe.set.otherLow .<= SIMD16(repeating: probe.set.otherWidth))
            }
    }

    private typealias Mask = SIMDMask<SIMD16<Int8>>

    @inline(__always)
    private func candidate(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int,
        _ members: (UnsafeRawBufferPointer, Int, Probe) -> Mask
    ) -> Int? {
        let (one, two, three) = probes
        var index = start
        while index + 31 + reach <= end {
            let left =
                unsafe members(bytes, index, one) .& members(bytes, index, two)
                .& members(bytes, index, three)
            let right =
                unsafe members(bytes, index + 16, one) .& members(bytes, index + 16, two)
                .& members(bytes, index + 16, three)
            if !(left .| right).isEmpty {
                return left.firstLane.map { index + $0 } ?? right.firstLane.map { index + 16 + $0 }
            }
            index += 32
        }
        while index + reach <= end {
            if unsafe isCandidate(bytes, index) { return index }
            index += 1
        }
        return nil
    }

    private func isCandidate(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Bool {
        unsafe probes.0.set.contains(bytes[index + probes.0.offset])
            && probes.1.set.contains(bytes[index + probes.1.offset])
            && probes.2.set.contains(bytes[index + probes.2.offset])
    }
}
