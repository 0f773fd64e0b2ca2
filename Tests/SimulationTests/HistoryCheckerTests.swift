import GrepvineDistCore
import GrepvineSimulation
import Testing

@Suite("The checker of histories")
struct HistoryCheckerTests {
    /// A history as it is written down here, in the order of its events.
    private struct Script {
        var checker = HistoryChecker(skew: .zero)
        private var time = WallTime(milliseconds: 1_000_000)

        @discardableResult
        mutating func begin(
            _ kind: HistoryChecker.Kind, _ key: Key = "k", _ level: Consistency = .quorum,
            namesVersion: Bool = false
        ) -> Int {
            time = time + .milliseconds(10)
            return checker.begin(
                .init(kind, key, level, namesVersion: namesVersion), at: time)
        }

        mutating func end(_ call: Int, _ outcome: HistoryChecker.Outcome) {
            time = time + .milliseconds(10)
            checker.end(call, outcome, at: time)
        }

        mutating func set(_ text: String, _ version: UInt64, _ level: Consistency = .quorum) {
            end(begin(.set(value: Array(text.utf8), expiry: nil), "k", level), wrote(version))
        }

        mutating func delete(_ version: UInt64) { end(begin(.delete), wrote(version)) }

        mutating func get(_ text: String, _ version: UInt64, _ level: Consistency = .quorum) {
            end(begin(.get, "k", level), read(text, version))
        }

        mutating func getNothing() { end(begin(.get), .entry(nil)) }

        mutating func pass(_ duration: Duration) { time = time + duration }

        var soon: WallTime { time + .seconds(1) }
    }

    private static func version(_ number: UInt64) -> Version {
        Version(clock: HybridClock(rawValue: number), origin: 1)
    }

    private static func wrote(_ number: UInt64, acks: Int = 2) -> HistoryChecker.Outcome {
        .written(WriteReceipt(version: version(number), acks: acks, owners: 3))
    }

    private static func read(
        _ text: String, _ number: UInt64, expiry: WallTime? = nil
    ) -> HistoryChecker.Outcome {
        .entry(
            Entry(
                value: Array(text.utf8), contentType: .text, version: version(number),
                expiry: expiry, mayBeStale: false))
    }

    private func violations(_ play: (inout Script) -> Void) -> [String] {
        var script = Script()
        play(&script)
        return script.checker.violations
    }

    @Test("takes what is right")
    func takesRight() {
        let found = violations { script in
            script.getNothing()
            script.set("a", 10)
            script.get("a", 10)
            script.set("b", 20)
            script.get("b", 20)
            script.delete(30)
            script.getNothing()
            script.set("c", 40)
            script.get("c", 40)
        }
        #expect(found == [])
    }

    @Test("flags a read that is older than a write that had ended")
    func lostWrite() {
        #expect(
            violations {
                $0.set("a", 10)
                $0.set("b", 20)
                $0.get("a", 10)
            }.count == 1)
    }

    @Test("flags a value that is gone, and a delete that is undone")
    func lostValue() {
        #expect(
            violations {
                $0.set("a", 10)
                $0.getNothing()
            }.count == 1)
        #expect(
            violations {
                $0.set("a", 10)
                $0.delete(20)
                $0.get("a", 10)
            }.count == 1)
    }

    @Test("flags a write that is ordered before one that had ended")
    func misorderedWrite() {
        #expect(
            violations {
                $0.set("a", 20)
                $0.set("b", 10)
            }.count == 1)
        #expect(
            violations {
                $0.set("a", 20)
                $0.delete(10)
            }.count == 1)
    }

    @Test("flags reads that go back, though nothing was acknowledged")
    func backwards() {
        let found = violations { script in
            script.set("a", 10)
            script.begin(.set(value: Array("b".utf8), expiry: nil))
            script.get("b", 20)
            script.get("a", 10)
        }
        #expect(found.count == 1)
    }

    @Test("lets overlapping calls see either side")
    func overlap() {
        let found = violations { script in
            script.set("a", 10)
            let write = script.begin(.set(value: Array("b".utf8), expiry: nil))
            let early = script.begin(.get)
            let late = script.begin(.get)
            script.end(late, Self.read("b", 20))
            script.end(early, Self.read("a", 10))
            script.end(write, Self.wrote(20))
        }
        #expect(found == [])
    }

    @Test("asks nothing of reads and writes at ONE but that they are true")
    func weak() {
        let found = violations { script in
            script.set("a", 20)
            script.set("b", 10, .one)
            script.get("b", 10, .one)
            script.get("a", 20)
        }
        #expect(found == [])
        #expect(violations { $0.get("never written", 10, .one) }.count == 1)
    }

    @Test("asks of reads at ONE that name a version that they miss nothing that was certain (R4)")
    func namedVersions() {
        let right = violations { script in
            script.set("a", 10)
            script.set("b", 20, .one)
            let call = script.begin(.get, "k", .one, namesVersion: true)
            script.end(call, Self.read("a", 10))
        }
        #expect(right == [])
        let wrong = violations { script in
            script.set("a", 10)
            script.set("b", 20)
            let older = script.begin(.get, "k", .one, namesVersion: true)
            script.end(older, Self.read("a", 10))
            let nothing = script.begin(.get, "k", .one, namesVersion: true)
            script.end(nothing, .entry(nil))
        }
        #expect(wrong.count == 2)
    }

    @Test("flags one version with two values, and a value of another key")
    func versions() {
        let twoValues = violations { script in
            script.begin(.set(value: Array("a".utf8), expiry: nil))
            script.begin(.set(value: Array("b".utf8), expiry: nil))
            script.get("a", 10)
            script.get("b", 10)
        }
        #expect(twoValues.count == 1)
        let otherKey = violations { script in
            script.begin(.set(value: Array("a".utf8), expiry: nil), "other")
            script.get("a", 10)
        }
        #expect(otherKey.count == 1)
    }

    @Test("flags a value whose writer was told that nothing was written, in either order")
    func denied() {
        let failure = HistoryChecker.Outcome.failed(Failure(.unavailable, "no"))
        let before = violations { script in
            let write = script.begin(.set(value: Array("a".utf8), expiry: nil))
            script.end(write, failure)
            script.get("a", 10)
        }
        let after = violations { script in
            let write = script.begin(.set(value: Array("a".utf8), expiry: nil))
            script.get("a", 10)
            script.end(write, failure)
        }
        #expect(before.count == 1)
        #expect(after.count == 1)
    }

    @Test("flags too few and too many acks", arguments: [1, 4])
    func acks(_ count: Int) {
        let found = violations { script in
            let write = script.begin(.set(value: Array("a".utf8), expiry: nil))
            script.end(write, Self.wrote(10, acks: count))
        }
        #expect(found.count == 1)
    }

    @Test("knows expiry: gone afterwards, there before, and nothing older instead")
    func expiry() {
        func history(wait: Duration, _ then: (inout Script) -> Void) -> [String] {
            violations { script in
                script.set("a", 10)
                let expiry = script.soon
                let write = script.begin(.set(value: Array("b".utf8), expiry: expiry))
                script.end(write, Self.wrote(20))
                script.pass(wait)
                then(&script)
            }
        }
        #expect(history(wait: .seconds(2)) { $0.getNothing() } == [])
        #expect(history(wait: .zero) { $0.getNothing() }.count == 1)
        #expect(history(wait: .seconds(2)) { $0.get("a", 10) }.count == 1)
        let late = history(wait: .seconds(2)) { script in
            let expired = script.soon + .seconds(-2)
            script.end(script.begin(.get), Self.read("b", 20, expiry: expired))
        }
        #expect(late.count == 1)
    }

    @Test("a delete without an answer explains a missing value, one that certainly failed does not")
    func unknownDelete() {
        #expect(
            violations {
                $0.set("a", 10)
                $0.begin(.delete)
                $0.getNothing()
            } == [])
        let failed = violations { script in
            script.set("a", 10)
            script.end(script.begin(.delete), .failed(Failure(.unavailable, "no")))
            script.getNothing()
        }
        #expect(failed.count == 1)
    }
}
