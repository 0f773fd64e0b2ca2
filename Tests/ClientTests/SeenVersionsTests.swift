import Testing

@testable import GrepvineClient

@Suite("The versions that a session has seen (R4)")
struct SeenVersionsTests {
    private static func version(_ clock: UInt64) -> Version {
        Version(clock: HybridClock(rawValue: clock), origin: 1)
    }

    @Test("the newest version of a key counts, in whatever order they were seen")
    func newest() {
        var seen = SeenVersions(capacity: 4)
        #expect(seen.floor(of: "a") == .none)
        for clock: UInt64 in [3, 5, 4] { seen.note(Self.version(clock), of: "a") }
        #expect(seen.floor(of: "a") == .version(Self.version(5)))
        #expect(seen.floor(of: "b") == .none)
    }

    @Test("the keys that were seen first are forgotten first, and then no key is known to be new")
    func bounded() {
        var seen = SeenVersions(capacity: 3)
        for key: Key in ["a", "b", "c", "a", "d"] { seen.note(Self.version(1), of: key) }
        #expect(seen.floor(of: "a") == .forgotten)
        #expect(seen.floor(of: "z") == .forgotten)
        for key: Key in ["b", "c", "d"] {
            #expect(seen.floor(of: key) == .version(Self.version(1)))
        }
        for number in 0..<100 { seen.note(Self.version(2), of: Key("k\(number)")) }
        #expect(seen.floor(of: "k96") == .forgotten)
        #expect(seen.floor(of: "k97") == .version(Self.version(2)))
    }
}
