import GrepvineDistCore
import Testing

@Suite("The clock of a node")
struct VersionClockTests {
    private static func wall(_ milliseconds: Int64) -> WallTime {
        WallTime(milliseconds: milliseconds)
    }

    private static func clock(_ milliseconds: Int64, _ counter: UInt64 = 0) -> HybridClock {
        HybridClock(rawValue: HybridClock(wall(milliseconds)).rawValue + counter)
    }

    @Test("only goes up, whatever the wall clock does (V1)")
    func monotonic() {
        var clock = VersionClock(origin: 3)
        var last = Version.zero
        for wall in [100, 100, 50, 0, -7, 101, 100, 5_000, 4_999] as [Int64] {
            let next = clock.next(at: Self.wall(wall))
            #expect(next > last)
            #expect(next.clock >= HybridClock(Self.wall(wall)))
            #expect(next.origin == 3)
            last = next
        }
    }

    @Test("stamps above everything seen, also when seen from the future (V1)")
    func lamport() {
        var clock = VersionClock(origin: 1)
        let newer = clock.observe(Self.clock(1_400, 9), at: Self.wall(1_000))
        #expect(newer)
        let next = clock.next(at: Self.wall(1_000)).clock
        #expect(next == Self.clock(1_400, 10))
        let older = clock.observe(Self.clock(900), at: Self.wall(1_000))
        #expect(older)
        #expect(clock.latest == Self.clock(1_400, 10))
    }

    @Test("borrows a millisecond when the counter is full and never wraps (V1)")
    func overflow() {
        var clock = VersionClock(origin: 1)
        var last = clock.next(at: Self.wall(1_000))
        for _ in 0..<65_535 { last = clock.next(at: Self.wall(1_000)) }
        #expect(last.clock == Self.clock(1_000, 65_535))
        let further = [1_000, 1_001, 1_002].map { clock.next(at: Self.wall($0)).clock }
        #expect(further == [Self.clock(1_001), Self.clock(1_001, 1), Self.clock(1_002)])
    }

    @Test(
        "refuses and counts stamps from more than half a second ahead (V3)",
        arguments: [(499, 0, true), (500, 0, true), (500, 65_535, true), (501, 0, false)])
    func skew(ahead: Int64, counter: UInt64, isTaken: Bool) {
        var clock = VersionClock(origin: 1)
        let before = clock.next(at: Self.wall(10_000)).clock
        let stamp = Self.clock(10_000 + ahead, counter)
        let taken = clock.observe(stamp, at: Self.wall(10_000))
        #expect(taken == isTaken)
        #expect(clock.refused == (isTaken ? 0 : 1))
        #expect(clock.latest == (isTaken ? stamp : before))
    }

    @Test("a refused stamp is taken when its time has come")
    func patience() {
        var clock = VersionClock(origin: 1)
        let early = clock.observe(Self.clock(2_000), at: Self.wall(1_000))
        #expect(!early)
        let inTime = clock.observe(Self.clock(2_000), at: Self.wall(1_500))
        #expect(inTime)
    }

    @Test("stamps above a floor, unless the floor is too far ahead (W2, V3)")
    func floor() {
        var clock = VersionClock(origin: 1)
        let floor = Version(clock: Self.clock(1_300, 7), origin: .max)
        let above = clock.next(above: floor, at: Self.wall(1_000))
        #expect(above == Version(clock: Self.clock(1_300, 8), origin: 1))
        let far = Version(clock: Self.clock(9_000), origin: 2)
        let beyond = clock.next(above: far, at: Self.wall(1_000))
        #expect(beyond == nil)
    }

    @Test("a clock that was set back is no stranger to its own past (V3)")
    func setBack() {
        var clock = VersionClock(origin: 1)
        _ = clock.next(at: Self.wall(60_000))
        let own = clock.observe(Self.clock(59_000), at: Self.wall(1_000))
        #expect(own)
        #expect(clock.refused == 0)
    }

    @Test("the end of time stays the end of time")
    func farFuture() {
        #expect(HybridClock(Self.wall(.max)).rawValue == UInt64.max << 16)
        #expect(HybridClock(Self.wall(.min)).rawValue == 0)
        var clock = VersionClock(origin: 1)
        let isTaken = clock.observe(HybridClock(rawValue: .max), at: Self.wall(1_000))
        #expect(!isTaken)
        let next = clock.next(at: Self.wall(1_000)).clock
        #expect(next == Self.clock(1_000))
    }

    @Test("a version is read back from its text, and from no other text")
    func text() {
        for version in [version(0, 0), version(1, .max), version(123_456, 42)] {
            #expect(Version(version.description) == version)
        }
        let digits = String(repeating: "0", count: 16)
        for text in [
            "", "@", digits, "\(digits)@", "@\(digits)", "\(digits)@\(digits)0",
            "\(digits)@\(digits)@", "\(digits) @\(digits.dropFirst())", "+00\(digits)@\(digits)",
            "+\(digits.dropFirst())@\(digits)", "\(digits)@g\(digits.dropFirst())",
        ] {
            #expect(Version(text) == nil, "\(text)")
        }
    }

    @Test("versions order by clock, then origin, above zero")
    func order() {
        let versions = [
            Version.zero, version(0, 1), version(1, 1), version(1, 2), version(2, 0),
        ]
        #expect(versions.reversed().sorted() == versions)
    }
}
