import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Sealed datagrams and replays")
struct SealingTests {
    private static let envelope = GossipEnvelope(cluster: "garden", isSealed: true)

    @Test("a datagram to be sealed has its final size and leaves key, nonce and tag open (S6)")
    func layout() throws {
        for count in [0, 1, 1300] {
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 + 1) }
            let frame = Self.envelope.seal(body)
            #expect(frame.count == count + Self.envelope.overhead)
            #expect(GossipEnvelope.format(of: frame[...]) == .sealed)
            let layout = try #require(SealedLayout(frame))
            #expect(layout.cluster == "garden")
            #expect(layout.key == KeyID(rawValue: 0))
            #expect(layout.nonce == GossipNonce(0))
            #expect(Array(frame[layout.bodyStart..<layout.bodyStart + layout.bodySize]) == body)
            #expect(frame.suffix(16) == [UInt8](repeating: 0, count: 16)[...])
        }
    }

    @Test("no prefix that lacks its tag and nothing else is a sealed datagram")
    func prefixes() {
        let frame = Self.envelope.seal([1, 2, 3])
        for count in 0..<frame.count - 3 { #expect(SealedLayout(Array(frame[..<count])) == nil) }
        #expect(
            SealedLayout(GossipEnvelope(cluster: "garden").seal([UInt8](repeating: 1, count: 99)))
                == nil)
        var long = frame
        long[5] = UInt8(GossipLimit.clusterName + 1)
        #expect(SealedLayout(long + long) == nil)
    }

    @Test("a node in clear that gets a sealed datagram sees damage and never a body")
    func foreign() {
        let frame = Self.envelope.seal([UInt8](repeating: 1, count: 99))
        #expect(GossipEnvelope(cluster: "garden").open(frame[...]) == .damaged)
    }

    @Test("a notice comes back as it went, and no other bytes are one")
    func notices() {
        for reason in GossipNotice.Reason.allCases {
            let notice = GossipNotice(cluster: "garden", reason: reason)
            let bytes = notice.encoded
            #expect(GossipNotice(bytes[...]) == notice)
            for count in bytes.indices { #expect(GossipNotice(bytes[..<count]) == nil) }
            for index in bytes.indices {
                var damaged = bytes
                damaged[index] ^= 0x20
                #expect(GossipNotice(damaged[...]) == nil)
            }
        }
    }

    @Test("a nonce counts over its halves and keeps to 96 bits")
    func nonces() {
        let last = GossipNonce(high: 1, low: .max)
        #expect(GossipNonce(last.rawValue + 1) == GossipNonce(high: 2, low: 0))
        #expect(GossipNonce(.max) == GossipNonce(high: .max, low: .max))
        #expect(last.bytes == [UInt8](repeating: 255, count: 8) + [1, 0, 0, 0])
    }

    @Test("a window hears each nonce once, in any order within its size (S6)")
    func window() {
        var dice = SeededGenerator(seed: 5)
        for _ in 0..<20 {
            let base = UInt128(dice.next()) << 31
            var window = ReplayWindow(bootEpoch: 3, first: GossipNonce(base))
            var heard: Set<UInt128> = [base]
            var newest = base
            for _ in 0..<3000 {
                let wide = Int.random(in: 0..<50, using: &dice) == 0
                let step = Int.random(in: 0...(wide ? 3000 : 40), using: &dice)
                let number =
                    newest + UInt128(step) - UInt128(Int.random(in: 0...1400, using: &dice))
                let isFresh =
                    number > newest
                    || newest - number < UInt128(ReplayWindow.size) && !heard.contains(number)
                let verdict = window.admit(bootEpoch: 3, GossipNonce(number))
                #expect(verdict == (isFresh ? .fresh : .replayed))
                if isFresh { heard.insert(number) }
                newest = max(newest, number)
            }
        }
    }

    @Test("a later life begins a new window, and nothing of an earlier one is heard any more (S1)")
    func lives() {
        var window = ReplayWindow(bootEpoch: 3, first: GossipNonce(1000))
        #expect(window.admit(bootEpoch: 4, GossipNonce(7)) == .fresh)
        #expect(window.admit(bootEpoch: 3, GossipNonce(1001)) == .earlierLife)
        #expect(window.admit(bootEpoch: 4, GossipNonce(7)) == .replayed)
        #expect(window.admit(bootEpoch: 4, GossipNonce(6)) == .fresh)
    }

    @Test("senders are remembered up to a bound; who was silent for longest goes first (W6)")
    func bound() {
        var windows = ReplayGuard(capacity: 3)
        func sender(_ number: UInt64) -> Identity {
            Identity(id: NodeID(high: 0, low: number), bootEpoch: 1)
        }
        for number in UInt64(1)...3 {
            #expect(windows.admit(sender(number), GossipNonce(1)) == .fresh)
        }
        #expect(windows.admit(sender(1), GossipNonce(2)) == .fresh)
        // A replay does not keep its sender remembered.
        #expect(windows.admit(sender(2), GossipNonce(1)) == .replayed)
        #expect(windows.admit(sender(4), GossipNonce(1)) == .fresh)
        #expect(windows.count == 3)
        #expect(windows.admit(sender(1), GossipNonce(2)) == .replayed)
        #expect(windows.admit(sender(3), GossipNonce(1)) == .replayed)
        #expect(windows.admit(sender(2), GossipNonce(1)) == .fresh)
    }
}
