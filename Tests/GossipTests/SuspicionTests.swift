import GrepvineDistCore
import Testing

@testable import GrepvineGossip

@Suite("Suspicion and pace")
struct SuspicionTests {
    @Test("confirmations bring the timeout from the longest to the shortest, logarithmically")
    func formula() {
        func seconds(_ confirmations: Int, _ wanted: Int) -> Double {
            let timeout = Suspicion.timeout(
                confirmations: confirmations, wanted: wanted, shortest: .seconds(4),
                longest: .seconds(24))
            return Double(timeout.wholeMilliseconds) / 1000
        }
        #expect(seconds(0, 2) == 24)
        // 24 - 20 · log 2 / log 3
        #expect(abs(seconds(1, 2) - 11.381) < 0.002)
        #expect(seconds(2, 2) == 4)
        #expect(seconds(9, 2) == 4)
        #expect(seconds(0, 0) == 4)
        // 24 - 20 · log 2 / log 4
        #expect(abs(seconds(1, 3) - 14) < 0.002)
    }

    @Test(
        "the shortest suspicion is four intervals times the decimal logarithm of the members",
        arguments: [(1, 4000), (3, 4000), (10, 4000), (100, 8000), (1000, 12000), (50, 6796)])
    func shortest(members: Int, milliseconds: Int64) {
        let shortest = GossipConfiguration.lan.shortestSuspicion(members: members)
        #expect(abs(shortest.wholeMilliseconds - milliseconds) <= 1)
    }

    @Test("nobody waits for confirmations that nobody is left to give", arguments: [2, 3, 5, 30])
    func noWitnesses(members: Int) {
        let suspicion = Suspicion(
            start: .start, accusers: [NodeID(high: 0, low: 1)], members: members,
            configuration: .lan)
        let shortest = GossipConfiguration.lan.shortestSuspicion(members: members)
        #expect(suspicion.deadline(witnesses: 0) == .start + shortest)
        if members > 2 {
            #expect(suspicion.deadline(witnesses: members - 2) == .start + shortest * 6)
        }
    }

    @Test("when all that are left accuse, half the time is enough; a repeated accuser is no proof")
    func unanimity() {
        var suspicion = Suspicion(
            start: .start, accusers: [NodeID(high: 0, low: 1)], members: 3, configuration: .lan)
        let isRepeatNews = suspicion.confirm(by: NodeID(high: 0, low: 1))
        #expect(!isRepeatNews)
        #expect(suspicion.deadline(witnesses: 1) == .start + .seconds(24))
        let isNews = suspicion.confirm(by: NodeID(high: 0, low: 2))
        #expect(isNews)
        #expect(suspicion.deadline(witnesses: 1) == .start + .seconds(2))
        #expect(suspicion.deadline(witnesses: 2) == .start + .seconds(4))
    }

    @Test(
        "one piece of news is sent 4·ceil(log10(n + 1)) times",
        arguments: [(1, 4), (9, 4), (10, 8), (99, 8), (100, 12), (999, 12), (1000, 16)])
    func transmissions(members: Int, count: Int) {
        #expect(GossipConfiguration.lan.transmissions(members: members) == count)
    }

    @Test("the queue holds one entry per member and kind, and the least sent goes first")
    func dissemination() {
        var queue = Dissemination()
        let ids = (0..<3).map { NodeID(high: 0, low: $0) }
        for _ in 0..<5 {
            for id in ids { queue.enqueue(id, .standing) }
        }
        #expect(queue.count == 3)
        var order: [NodeID] = []
        queue.send(limit: 3) { entry in
            order.append(entry.id)
            return entry.id == ids[2] ? .taken : .skipped
        }
        #expect(order == [ids[2], ids[1], ids[0]])
        order = []
        queue.send(limit: 3) { entry in
            order.append(entry.id)
            return .taken
        }
        #expect(order == [ids[1], ids[0], ids[2]])
        queue.enqueue(ids[0], .profile)
        queue.send(limit: 3) { _ in .taken }
        #expect(queue.topics.map(\.id) == [ids[0], ids[1], ids[0]])
        for _ in 0..<2 { queue.send(limit: 3) { _ in .taken } }
        #expect(queue.isEmpty)
    }

    @Test("of an origin's broadcasts of one kind only a newer one is admitted after another")
    func window() {
        var window = BroadcastWindow()
        func admit(_ boot: UInt64, _ sequence: UInt64, _ kind: BroadcastKind = .digests) -> Bool {
            window.admit(
                GossipBroadcast(
                    origin: Identity(id: NodeID(high: 0, low: 1), bootEpoch: boot), kind: kind,
                    sequence: sequence, payload: []))
        }
        #expect(admit(1, 5) && !admit(1, 5) && !admit(1, 3) && admit(1, 6) && !admit(1, 0))
        #expect(admit(1, 4, .watermark) && !admit(1, 4, .watermark))
        #expect(admit(2, 1) && !admit(1, 201) && !admit(2, 1))
    }

    @Test("the newest broadcast of a member and kind replaces the one that waits")
    func broadcastsReplace() {
        var queue = BroadcastQueue()
        func add(_ low: UInt64, _ kind: BroadcastKind, _ sequence: UInt64) {
            queue.enqueue(
                GossipBroadcast(
                    origin: Identity(id: NodeID(high: 0, low: low), bootEpoch: 1), kind: kind,
                    sequence: sequence, payload: []))
        }
        add(1, .digests, 1)
        add(1, .watermark, 2)
        add(2, .digests, 1)
        add(1, .digests, 3)
        var sent: [UInt64] = []
        queue.send(limit: 9) { broadcast in
            sent.append(broadcast.sequence)
            return .taken
        }
        #expect(sent == [2, 1, 3])
        for low in 0..<UInt64(2 * BroadcastQueue.capacity) { add(low, .topology, 9) }
        #expect(queue.count == BroadcastQueue.capacity && queue.dropped > 0)
    }

    @Test("back-off doubles up to its bound, shortened by at most a quarter")
    func backoff() {
        var dice = SeededGenerator(seed: 1)
        var backoff = Backoff(first: .start, delay: .seconds(1))
        for expected in [1, 2, 4, 8, 16, 30, 30, 30] {
            backoff.advance(from: .start, upTo: .seconds(30), &dice)
            let pause = backoff.next - .start
            #expect(pause <= .seconds(expected) && pause >= .seconds(expected) * 3 / 4)
        }
    }
}
