import GrepvineDistCore
import GrepvineTransport
import Testing

@Suite("Faults on purpose")
struct FaultInjectorTests {
    private static let one = NodeID(high: 1, low: 0)
    private static let two = NodeID(high: 2, low: 0)
    private static let now = Instant(nanoseconds: 1_000_000_000)

    private static func faults(
        drop: UInt32 = 0, duplicate: UInt32 = 0, delay: Int = 0, jitter: Int = 0,
        cut: Bool = false
    ) -> Faults {
        var faults = Faults()
        faults.drop = Chance(millionths: drop) ?? .always
        faults.duplicate = Chance(millionths: duplicate) ?? .always
        faults.delay = .milliseconds(delay)
        faults.jitter = .milliseconds(jitter)
        faults.isCut = cut
        return faults
    }

    private static func injector(
        _ faults: Faults, peer: NodeID? = one, _ directions: ChaosDirections = .both,
        until end: Instant? = nil
    ) -> FaultInjector {
        var injector = FaultInjector(seed: 7)
        for direction in directions.each {
            injector.set(faults, on: .init(peer: peer, direction: direction), until: end)
        }
        return injector
    }

    struct Case: Sendable {
        var faults: Faults
        var peer: NodeID? = one
        var directions = ChaosDirections.both
        /// What travels.
        var of: NodeID? = one
        var direction = FaultInjector.Direction.incoming
        var fate: FaultInjector.Fate
        var isCut = false
    }

    static let cases = [
        Case(faults: .none, fate: .pass),
        Case(faults: faults(drop: 1_000_000), fate: .lost),
        Case(faults: faults(drop: 1_000_000, delay: 9), of: two, fate: .pass),
        Case(faults: faults(drop: 1_000_000), peer: nil, of: two, fate: .lost),
        Case(faults: faults(drop: 1_000_000), peer: nil, of: nil, fate: .lost),
        Case(faults: faults(drop: 1_000_000), of: nil, fate: .pass),
        Case(faults: faults(drop: 1_000_000), directions: .outgoing, fate: .pass),
        Case(
            faults: faults(drop: 1_000_000), directions: .outgoing, direction: .outgoing,
            fate: .lost),
        Case(faults: faults(cut: true), fate: .lost, isCut: true),
        // A connection needs both directions.
        Case(faults: faults(cut: true), directions: .outgoing, fate: .pass, isCut: true),
        Case(faults: faults(duplicate: 1_000_000), fate: .init(copies: 2)),
        Case(
            faults: faults(delay: 20),
            fate: .init(copies: 1, due: now + .milliseconds(20))),
        Case(
            faults: faults(duplicate: 1_000_000, delay: 20),
            fate: .init(copies: 2, due: now + .milliseconds(20))),
    ]

    @Test("each fault does what it says, to its peer and in its direction", arguments: cases)
    func fates(_ row: Case) {
        for carrier in [FaultInjector.Carrier.datagram, .frame] {
            var injector = Self.injector(row.faults, peer: row.peer, row.directions)
            let fate = injector.fate(of: carrier, row.of, row.direction, now: Self.now)
            #expect(fate == row.fate)
            #expect(injector.isCut(Self.one) == row.isCut)
            #expect(injector.counts.dropped == (fate.copies == 0 ? 1 : 0))
            #expect(injector.counts.duplicated == (fate.copies == 2 ? 1 : 0))
            #expect(injector.counts.delayed == (fate.due == nil ? 0 : 1))
        }
    }

    @Test("what is said for one peer goes before what is said for all, and all is left after it")
    func ownRule() {
        var injector = Self.injector(Self.faults(cut: true), peer: nil)
        injector.set(.none, on: .init(peer: Self.one, direction: .incoming), until: nil)
        #expect(injector.fate(of: .frame, Self.one, .incoming, now: Self.now) == .pass)
        #expect(injector.fate(of: .frame, Self.two, .incoming, now: Self.now) == .lost)
        injector.heal(Self.one)
        #expect(injector.fate(of: .frame, Self.one, .incoming, now: Self.now) == .lost)
        injector.heal(nil)
        #expect(injector.fate(of: .frame, Self.one, .incoming, now: Self.now) == .pass)
        #expect(!injector.screens(Self.one, .incoming, Self.now))
    }

    @Test("a rule with a time ends by itself, and says so once")
    func ends() {
        let end = Self.now + .seconds(30)
        var injector = Self.injector(Self.faults(cut: true), .incoming, until: end)
        #expect(injector.nextEnd == end)
        #expect(injector.expire(end - .nanoseconds(1)) == [])
        #expect(injector.isCut(Self.one))
        #expect(injector.expire(end) == [.init(peer: Self.one, direction: .incoming)])
        #expect(injector.expire(end) == [])
        #expect(!injector.isCut(Self.one))
        #expect(injector.nextEnd == .distantFuture)
    }

    @Test("chances come true as often as they say, and the same way from the same seed")
    func chances() {
        var fates: [[FaultInjector.Fate]] = []
        for _ in 0..<2 {
            var injector = Self.injector(Self.faults(drop: 100_000, duplicate: 10_000))
            fates.append(
                (0..<100_000).map { _ in
                    injector.fate(of: .datagram, Self.one, .outgoing, now: Self.now)
                })
        }
        #expect(fates[0] == fates[1])
        #expect((9_500...10_500).contains(fates[0].count { $0.copies == 0 }))
        #expect((800...1_000).contains(fates[0].count { $0.copies == 2 }))
    }

    @Test("jitter goes both ways, never into the past; datagrams overtake, frames do not")
    func jitter() {
        for carrier in [FaultInjector.Carrier.datagram, .frame] {
            var injector = Self.injector(Self.faults(delay: 5, jitter: 10))
            let dues = (0..<1000).map { _ in
                injector.fate(of: carrier, Self.one, .outgoing, now: Self.now).due ?? Self.now
            }
            #expect(dues.allSatisfy { $0 >= Self.now && $0 <= Self.now + .milliseconds(15) })
            #expect(dues.contains { $0 > Self.now + .milliseconds(14) })
            let isInOrder = zip(dues, dues.dropFirst()).allSatisfy { $0 <= $1 }
            #expect(isInOrder == (carrier == .frame))
            if carrier == .datagram { #expect(dues.contains(Self.now)) }
        }
    }

    @Test("frames after a healing wait for those that are held back")
    func healing() {
        var injector = Self.injector(Self.faults(delay: 20))
        let due = Self.now + .milliseconds(20)
        #expect(injector.fate(of: .frame, Self.one, .outgoing, now: Self.now).due == due)
        injector.heal(nil)
        let later = Self.now + .milliseconds(5)
        #expect(injector.screens(Self.one, .outgoing, later))
        #expect(injector.fate(of: .frame, Self.one, .outgoing, now: later).due == due)
        #expect(injector.fate(of: .datagram, Self.one, .outgoing, now: later) == .pass)
        #expect(!injector.screens(Self.one, .outgoing, due))
        #expect(injector.fate(of: .frame, Self.one, .outgoing, now: due) == .pass)
    }

    @Test(
        "chances as people read them",
        arguments: [
            (0, "0%"), (1, "0.0001%"), (5_000, "0.5%"), (10_000, "1%"), (123_400, "12.34%"),
            (1_000_000, "100%"),
        ])
    func text(millionths: UInt32, text: String) {
        #expect(Chance(millionths: millionths)?.description == text)
    }

    @Test("more than certain is no chance")
    func tooMuch() {
        #expect(Chance(millionths: 1_000_001) == nil)
    }
}
