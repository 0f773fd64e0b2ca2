import GrepvineDistCore
import GrepvineTransport
import Testing

@Suite("Traffic that is held back")
struct FaultyEdgeTests {
    private static let peer = NodeID(high: 1, low: 0)
    private static let start = Instant(nanoseconds: 1_000_000_000)

    private static func way(_ direction: FaultInjector.Direction) -> FaultInjector.Way {
        FaultInjector.Way(peer: peer, direction: direction)
    }

    private static func edge(_ change: (inout Faults) -> Void) -> FaultyEdge {
        var edge = FaultyEdge(seed: 3, largestFrame: 1 << 20)
        var faults = Faults()
        change(&faults)
        edge.injector.set(faults, on: way(.incoming), until: nil)
        return edge
    }

    private static func frame(_ number: Int, size: Int = 0) -> [UInt8] {
        FrameEncoder.encode(
            FrameHeader(kind: 40, requestID: UInt64(number)),
            body: [UInt8](repeating: UInt8(number), count: size))
    }

    /// What passes at once, and how much was looked at.
    private static func screen(
        _ bytes: [UInt8], _ edge: inout FaultyEdge, at now: Instant = start
    ) -> (looked: Int, passing: [UInt8]) {
        var passing = IOBuffer()
        let looked = bytes.withUnsafeBytes {
            edge.screen(
                frames: $0, peer, .incoming, on: .arrivedFrame(session: 9), now: now,
                into: &passing)
        }
        return (looked, passing.bytes)
    }

    @Test("only whole frames are looked at, wherever the bytes end")
    func wholeFrames() {
        let frames = (0..<3).map { Self.frame($0, size: 5 * $0) }
        let bytes = frames.flatMap(\.self)
        for end in 0...bytes.count {
            var edge = Self.edge { $0.duplicate = .always }
            let (looked, passing) = Self.screen(Array(bytes[..<end]), &edge)
            var whole: [[UInt8]] = []
            for frame in frames where whole.joined().count + frame.count <= end {
                whole.append(frame)
            }
            #expect(looked == whole.joined().count)
            #expect(passing == whole.flatMap { $0 + $0 })
        }
    }

    @Test("a frame is lost whole, and the next one arrives whole")
    func losses() {
        var edge = Self.edge { $0.drop = Chance(millionths: 500_000) ?? .never }
        let frames = (0..<200).map { Self.frame($0, size: $0 % 7) }
        let (looked, passing) = Self.screen(frames.flatMap(\.self), &edge)
        #expect(looked == frames.joined().count)
        var rest = passing[...]
        var arrived = 0
        for frame in frames where rest.starts(with: frame) {
            rest = rest.dropFirst(frame.count)
            arrived += 1
        }
        #expect(rest.isEmpty)
        #expect((60...140).contains(arrived))
        #expect(edge.counts.dropped == UInt64(200 - arrived))
    }

    @Test("what is no frame goes on as it is, for its reader to complain about")
    func garbage() {
        var edge = Self.edge { $0.delay = .seconds(1) }
        var damaged = Self.frame(1)
        damaged[20] ^= 1
        let bytes = Self.frame(0) + damaged + Self.frame(2)
        let (looked, passing) = Self.screen(bytes, &edge)
        #expect(looked == bytes.count)
        #expect(passing == damaged + Self.frame(2))
        #expect(edge.counts.heldBytes == FrameHeader.size)
    }

    @Test("delayed frames come when they are due and in their order, each copy of them")
    func delays() {
        var edge = Self.edge {
            $0.delay = .milliseconds(20)
            $0.jitter = .milliseconds(20)
            $0.duplicate = .always
        }
        let frames = (0..<50).map { Self.frame($0) }
        for (index, frame) in frames.enumerated() {
            let now = Self.start + .milliseconds(index)
            #expect(Self.screen(frame, &edge, at: now).looked == frame.count)
        }
        #expect(edge.counts.heldBytes <= 100 * FrameHeader.size)
        var arrived: [UInt8] = []
        #expect(edge.take(Self.start - .nanoseconds(1)) == nil)
        var now = Self.start
        while edge.nextDue < .distantFuture {
            now = max(now, edge.nextDue)
            while let item = edge.take(now) {
                #expect(item.way == .arrivedFrame(session: 9))
                arrived += item.bytes
            }
        }
        let held = frames.flatMap { $0 + $0 }
        // The first may have had no delay, for which they pass at once.
        #expect(held.count - arrived.count <= 2 * FrameHeader.size)
        #expect(Array(held.suffix(arrived.count)) == arrived)
        #expect(edge.counts.heldBytes == 0)
    }

    @Test("more than the bound is not held back but lost, and counted (W6)")
    func bound() {
        var edge = Self.edge { $0.delay = .seconds(1) }
        let frame = Self.frame(1, size: (1 << 20) - FrameHeader.size)
        for _ in 0..<20 { _ = Self.screen(frame, &edge) }
        #expect(edge.counts.heldBytes == FaultyEdge.mostHeld)
        #expect(edge.counts.overflowed == 4)
        #expect(edge.counts.delayed == 20)
        let due = Self.start + .seconds(1)
        for _ in 0..<16 { #expect(edge.take(due) != nil) }
        #expect(edge.take(due) == nil)
        #expect(edge.counts.heldBytes == 0)
    }

    @Test("datagrams pass, are lost, come twice or are held back")
    func datagrams() {
        func times(_ change: (inout Faults) -> Void) -> (now: Int, held: Int) {
            var edge = Self.edge(change)
            let now = edge.screen(
                datagram: [1, 2], Self.peer, .incoming,
                on: .arrivedDatagram(from: Address(host: "a", port: 1)), now: Self.start)
            return (now, edge.counts.heldBytes / 2)
        }
        #expect(times { _ in } == (1, 0))
        #expect(times { $0.drop = .always } == (0, 0))
        #expect(times { $0.duplicate = .always } == (2, 0))
        #expect(times { $0.delay = .milliseconds(1) } == (0, 1))
        #expect(
            times {
                $0.delay = .milliseconds(1)
                $0.duplicate = .always
            } == (0, 2))
    }

    @Test("held items leave by time, then by coming, as a sorted list would have it")
    func order() {
        var dice = SeededGenerator(seed: 11)
        var held = HeldTraffic(limit: 1 << 20)
        var model: [(due: Int, bytes: [UInt8])] = []
        for step in 0..<2000 {
            if dice.next() % 3 < 2 {
                let due = Int(dice.next() % 100)
                let bytes = withUnsafeBytes(of: UInt32(step)) { Array($0) }
                let way = HeldTraffic.Way.frame(session: 1)
                let isHeld = held.hold(
                    bytes, on: way, until: Instant(nanoseconds: Int64(due)))
                #expect(isHeld)
                let place = model.firstIndex { $0.due > due } ?? model.count
                model.insert((due, bytes), at: place)
            } else {
                let now = Int(dice.next() % 100)
                let expected = model.first.flatMap { $0.due <= now ? $0.bytes : nil }
                if expected != nil { model.removeFirst() }
                #expect(held.take(Instant(nanoseconds: Int64(now)))?.bytes == expected)
            }
            #expect(held.bytes == model.count * 4)
        }
    }
}
