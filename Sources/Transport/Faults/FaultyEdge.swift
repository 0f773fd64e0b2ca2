package import GrepvineDistCore

/// The edge of a node whose traffic with peers is disturbed on purpose: what may pass, what is
/// held back, and how much of each there was. Pure.
package struct FaultyEdge: Sendable {
    package var injector: FaultInjector
    private var held = HeldTraffic(limit: Self.mostHeld)
    private var overflowed: UInt64 = 0
    private let decoder: FrameDecoder

    /// Bytes that are held back in all; past them is as good as lost, and counted (W6).
    package static let mostHeld = 16 << 20

    package init(seed: UInt64, largestFrame: Int) {
        injector = FaultInjector(seed: seed)
        decoder = FrameDecoder(limit: largestFrame)
    }

    package var counts: ChaosCounts {
        var counts = injector.counts
        counts.overflowed = overflowed
        counts.heldBytes = held.bytes
        return counts
    }

    /// When something is due or a rule ends.
    package var nextDue: Instant { min(held.nextDue, injector.nextEnd) }

    /// The next one that was held back and is due.
    package mutating func take(_ now: Instant) -> HeldTraffic.Item? { held.take(now) }

    /// How often a datagram is to go on at once: 0 to 2.
    package mutating func screen(
        datagram: [UInt8], _ peer: NodeID?, _ direction: FaultInjector.Direction,
        on way: HeldTraffic.Way, now: Instant
    ) -> Int {
        let fate = injector.fate(of: .datagram, peer, direction, now: now)
        guard let due = fate.due else { return fate.copies }
        for _ in 0..<fate.copies { hold(datagram, way, due) }
        return 0
    }

    /// Puts the frames that may go on at once into `passing`. Gives the bytes that were looked at:
    /// all whole frames, or everything when it holds something that is no frame, which whoever
    /// reads it next will find out.
    package mutating func screen(
        frames: UnsafeRawBufferPointer, _ peer: NodeID, _ direction: FaultInjector.Direction,
        on way: HeldTraffic.Way, now: Instant, into passing: inout IOBuffer
    ) -> Int {
        var looked = 0
        while looked < frames.count {
            let rest = UnsafeRawBufferPointer(rebasing: frames[looked...])
            switch decoder.decode(rest) {
            case .needMore: return looked
            case .invalid:
                passing.append(rest)
                return frames.count
            case .frame(_, _, let length):
                let frame = UnsafeRawBufferPointer(rebasing: rest[..<length])
                let fate = injector.fate(of: .frame, peer, direction, now: now)
                for _ in 0..<fate.copies {
                    if let due = fate.due {
                        hold(Array(frame), way, due)
                    } else {
                        passing.append(frame)
                    }
                }
                looked += length
            }
        }
        return looked
    }

    private mutating func hold(_ bytes: [UInt8], _ way: HeldTraffic.Way, _ due: Instant) {
        if !held.hold(bytes, on: way, until: due) { overflowed += 1 }
    }
}
