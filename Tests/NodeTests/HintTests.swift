import GrepvineDistCore
import Testing

@testable import GrepvineNode

@Suite("Writes kept for owners that missed them")
struct HintTests {
    private static let owner = NodeID(high: 2, low: 2)
    private static let other = NodeID(high: 3, low: 3)

    private static func hint(
        _ key: String, clock: UInt64 = 1, value: Int = 100, began: Instant = .start
    ) -> Hint {
        let key = Key(key)
        let version = Version(clock: HybridClock(rawValue: clock), origin: 5)
        let record = Record(
            key: key, version: version, kind: .value, expiry: nil, contentType: .bytes,
            value: [UInt8](repeating: 7, count: value))
        return Hint(
            key: key, version: version, partition: Partition(of: key), record: record.encoded(),
            began: began)
    }

    private static func settings(memory: Int = 1 << 20, perNode: Int = 1 << 20) -> HintSettings {
        var settings = HintSettings()
        settings.memory = memory
        settings.memoryPerNode = perNode
        return settings
    }

    /// Sends and acknowledges until there is nothing more; what was sent, in order.
    private static func drain(_ state: inout HintState, _ owner: NodeID) -> [Hint] {
        var drained: [Hint] = []
        while let hint = state.update(owner, { $0.takeNext(now: .start) }) {
            state.update(owner) { target in
                target.sending(hint, 1, deadline: .distantFuture)
                target.finish(1)
            }
            drained.append(hint)
        }
        return drained
    }

    @Test("the newest version of a key is kept, whatever the order of arrival (H1)")
    func coalescing() {
        for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 1, 2]] as [[UInt64]] {
            var state = HintState()
            for clock in order {
                let dropped = state.add(
                    Self.hint("k", clock: clock, value: Int(clock) * 10), for: Self.owner,
                    Self.settings())
                #expect(dropped.isEmpty)
            }
            #expect(state.count == 1)
            let drained = Self.drain(&state, Self.owner)
            #expect(drained.map(\.version.clock.rawValue) == [3])
            #expect(state.count == 0 && state.bytes == 0)
        }
    }

    @Test("past the room of one owner its largest partition goes, and only that one (H1)")
    func roomOfAnOwner() throws {
        var state = HintState()
        let settings = Self.settings(perNode: 4000)
        #expect(state.add(Self.hint("small"), for: Self.owner, settings).isEmpty)
        #expect(state.add(Self.hint("other", value: 3000), for: Self.other, settings).isEmpty)
        let large = Self.hint("large", value: 2500)
        #expect(state.add(large, for: Self.owner, settings).isEmpty)
        let dropped = state.add(Self.hint("third", value: 1500), for: Self.owner, settings)
        #expect(dropped.map(\.partition) == [large.partition])
        #expect(dropped.map(\.owner) == [Self.owner])
        let counts = try #require(state.targets[Self.owner]?.counts)
        #expect(counts.dropped == 1 && counts.queued == 3)
        // What follows for that partition has no room until the owner is back.
        let next = Self.hint("large", clock: 9)
        #expect(state.add(next, for: Self.owner, settings).map(\.partition) == [large.partition])
        state.update(Self.owner) { $0.welcome() }
        #expect(state.add(next, for: Self.owner, settings).isEmpty)
        let keys = Set(Self.drain(&state, Self.owner).map(\.key))
        #expect(keys == ["small", "third", "large"])
        #expect(state.targets[Self.other]?.count == 1)
    }

    @Test("past the room of all owners the largest partition of any goes (H1)")
    func roomOfAll() {
        var state = HintState()
        let settings = Self.settings(memory: 4000)
        #expect(state.add(Self.hint("a", value: 2500), for: Self.other, settings).isEmpty)
        let dropped = state.add(Self.hint("b", value: 1500), for: Self.owner, settings)
        #expect(dropped.map(\.owner) == [Self.other])
        #expect(state.bytes <= 4000 && state.count == 1)
        // One that is larger than everything drops itself and nothing else.
        let huge = state.add(Self.hint("c", value: 9000), for: Self.owner, settings)
        #expect(huge.map(\.partition) == [Partition(of: "c")])
        #expect(state.count == 1)
    }

    @Test("what is too old ends its partition, and says so (H1)")
    func age() throws {
        var state = HintState()
        let old = Self.hint("old")
        #expect(state.add(old, for: Self.owner, Self.settings()).isEmpty)
        // A newer version of the key does not make the owner less late.
        _ = state.add(
            Self.hint("old", clock: 2, began: .start + .seconds(50)), for: Self.owner,
            Self.settings())
        _ = state.add(
            Self.hint("new", began: .start + .seconds(50)), for: Self.owner, Self.settings())
        let none = state.update(Self.owner) { $0.expire(before: .start) }
        #expect(none.isEmpty)
        let expired = state.update(Self.owner) { $0.expire(before: .start + .seconds(1)) }
        #expect(expired == [old.partition])
        #expect(state.targets[Self.owner]?.counts.expired == 1)
        #expect(Self.drain(&state, Self.owner).map(\.key) == ["new"])
    }

    @Test("an owner has no more to answer than its window, and goes on after each answer (H2)")
    func pace() {
        var state = HintState()
        for index in 0..<300 {
            _ = state.add(Self.hint("k\(index)"), for: Self.owner, Self.settings())
        }
        var sent: [UInt64] = []
        while let hint = state.update(Self.owner, { $0.takeNext(now: .start) }) {
            let number = UInt64(sent.count)
            state.update(Self.owner) { $0.sending(hint, number, deadline: .start + .seconds(5)) }
            sent.append(number)
        }
        #expect(sent.count == HintSettings.replayCount)
        #expect(state.count == 300)
        state.update(Self.owner) { $0.finish(3) }
        let next = state.update(Self.owner) { $0.takeNext(now: .start) }
        #expect(next != nil)
        // Silence: everything that was sent is sent again, after a pause that grows.
        let late = Instant.start + .seconds(5)
        state.update(Self.owner) { target in
            for number in target.overdue(at: late) { target.putBack(number) }
            target.backOff(now: late)
        }
        let early = state.update(Self.owner) { $0.takeNext(now: late + .milliseconds(999)) }
        #expect(early == nil)
        let again = state.update(Self.owner) { $0.takeNext(now: late + .seconds(1)) }
        #expect(again != nil)
        state.update(Self.owner) { $0.backOff(now: late + .seconds(1)) }
        #expect(state.targets[Self.owner]?.resumes == late + .seconds(3))
    }

    @Test("replay goes from partition to partition, each in the order of its first miss (H2)")
    func order() {
        var state = HintState()
        for index in 0..<64 {
            _ = state.add(
                Self.hint("key \(index % 40)", clock: UInt64(index + 1)),
                for: Self.owner, Self.settings())
        }
        let drained = Self.drain(&state, Self.owner)
        #expect(drained.count == 40)
        #expect(drained.map(\.partition.number) == drained.map(\.partition.number).sorted())
        #expect(
            drained.allSatisfy { hint in
                let number = Int(hint.version.clock.rawValue) - 1
                return hint.key == Key("key \(number % 40)") && (number >= 24)
            })
    }
}
