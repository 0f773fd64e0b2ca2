import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("A set of partitions")
struct PartitionSetTests {
    @Test("behaves as any set, and its elements ascend")
    func model() {
        var generator = SeededGenerator(seed: 1)
        var set = PartitionSet()
        var model: Set<UInt16> = []
        for _ in 0..<3000 {
            let number = UInt16(generator.next() % 1024)
            let other = (0..<8).map { _ in UInt16(generator.next() % 1024) }
            switch generator.next() % 5 {
            case 0, 1:
                set.insert(Partition(number: number))
                model.insert(number)
            case 2:
                set.remove(Partition(number: number))
                model.remove(number)
            case 3:
                set.formUnion(PartitionSet(other.map { Partition(number: $0) }))
                model.formUnion(other)
            default:
                set.subtract(PartitionSet(other.map { Partition(number: $0) }))
                model.subtract(other)
            }
            #expect(set.elements.map(\.number) == model.sorted())
            #expect(set.count == model.count)
            #expect(set.isEmpty == model.isEmpty)
            #expect(set.contains(Partition(number: number)) == model.contains(number))
        }
    }
}

@Suite("Deadlines")
struct DeadlineTests {
    @Test("nothing comes early, nothing late by more than two ticks, nothing twice or never")
    func due() {
        var generator = SeededGenerator(seed: 2)
        let start = Instant(nanoseconds: 123_456_789)
        var now = start
        var deadlines = Deadlines<Int>(startingAt: now)
        var due: [Int: Instant] = [:]
        for number in 0..<4000 {
            let wait = Duration.milliseconds(Int(generator.next() % 30_000))
            due[number] = now + wait
            deadlines.add(number, due: now + wait)
            now = now + .milliseconds(Int(generator.next() % 20))
            for item in deadlines.take(until: now) {
                let when = due.removeValue(forKey: item)
                #expect(when != nil && when! <= now)
            }
            #expect(due.values.allSatisfy { now < $0 + .milliseconds(20) })
        }
        // From here on only `next` says when to look.
        while let next = deadlines.next {
            #expect(next >= now - .milliseconds(10))
            now = max(now, next)
            let items = deadlines.take(until: now)
            #expect(!items.isEmpty)
            for item in items { due[item] = nil }
        }
        #expect(due.isEmpty)
    }

    @Test("what is due together comes in the order of adding, and far ahead comes early")
    func order() {
        var deadlines = Deadlines<Int>(startingAt: .start)
        for number in 0..<10 { deadlines.add(number, due: .start + .milliseconds(50)) }
        deadlines.add(99, due: .start + .seconds(1000))
        func taken(until time: Duration) -> [Int] { deadlines.take(until: .start + time) }
        let early = taken(until: .milliseconds(40))
        #expect(early == [])
        let together = taken(until: .milliseconds(60))
        #expect(together == Array(0..<10))
        #expect(deadlines.next! <= .start + .seconds(82))
        let far = taken(until: .seconds(5000))
        #expect(far == [99])
        #expect(deadlines.next == nil)
        // A long sleep takes everything, too.
        deadlines.add(1, due: .start + .seconds(5001))
        let all = taken(until: .seconds(90_000))
        #expect(all == [1])
    }
}

@Suite("Which keys SCAN answers")
struct KeyFilterTests {
    @Test(
        "globs are Redis's",
        arguments: [
            ("*", "", true), ("*", "x", true), ("", "", true), ("", "x", false),
            ("h?llo", "hello", true), ("h?llo", "hllo", false), ("h*llo", "heeello", true),
            ("h[ae]llo", "hallo", true), ("h[ae]llo", "hillo", false),
            ("h[^e]llo", "hallo", true), ("h[^e]llo", "hello", false),
            ("h[a-c]llo", "hbllo", true), ("h[c-a]llo", "hbllo", true), ("h[a-c]", "hd", false),
            ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("[\\]]", "]", true),
            ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c*", "xxaxxcxxbxx", false),
            ("a[", "a", false), ("a[", "ab", false), ("a[b", "ab", true), ("a\\", "a\\", true),
            ("[-z]", "-", true), ("user:*:name", "user:17:name", true),
        ])
    func globs(_ pattern: String, _ text: String, _ matches: Bool) {
        let result = KeyFilter.matches(Array(pattern.utf8)[...], Array(text.utf8)[...])
        #expect(result == matches)
    }

    @Test("stars and question marks agree with a matcher that tries everything")
    func reference() {
        var generator = SeededGenerator(seed: 3)
        func word(_ alphabet: String, _ longest: Int) -> [UInt8] {
            let letters = Array(alphabet.utf8)
            return (0..<Int(generator.next() % UInt64(longest + 1))).map { _ in
                letters[Int(generator.next() % UInt64(letters.count))]
            }
        }
        for _ in 0..<20_000 {
            let pattern = word("ab?*", 7)
            let text = word("ab", 8)
            #expect(
                KeyFilter.matches(pattern[...], text[...]) == Self.matches(pattern[...], text[...]),
                "\(pattern) \(text)")
        }
    }

    @Test("many stars take no more than a moment")
    func stars() {
        let pattern = Array(String(repeating: "*a", count: 200).utf8) + [UInt8(ascii: "b")]
        let text = Array(repeating: UInt8(ascii: "a"), count: 20_000)
        #expect(!KeyFilter.matches(pattern[...], text[...]))
    }

    /// Exponential, and short enough to be read at a glance.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == UInt8(ascii: "*") {
            return matches(rest, text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
        }
        guard let byte = text.first else { return false }
        return (first == UInt8(ascii: "?") || first == byte) && matches(rest, text.dropFirst())
    }
}

@Suite("Replies in order")
struct ReplyQueueTests {
    @Test("replies leave in the order of their commands, whatever order the answers have")
    func order() {
        var generator = SeededGenerator(seed: 4)
        var queue = ReplyQueue()
        /// Commands whose parts have no answer yet.
        var open: [(number: UInt64, part: Int)] = []
        var added: UInt64 = 0
        var left: UInt64 = 0
        while left < 5000 {
            if added < 5000, generator.next() % 2 == 0 {
                #expect(queue.next == added)
                let parts = Int(generator.next() % 4)
                if parts == 0 {
                    queue.append(ready: Array("\(added)".utf8))
                } else {
                    queue.append(.values, waiting: parts, .two)
                    open += (0..<parts).map { (added, $0) }
                }
                added += 1
            } else if !open.isEmpty {
                let place = Int(generator.next() % UInt64(min(open.count, 50)))
                let (number, part) = open.remove(at: place)
                let answer = Response.failure(Failure(.badRequest, "\(number)/\(part)"))
                let isTaken = queue.receive(answer, number, part: part)
                let isTakenAgain = queue.receive(answer, number, part: part)
                #expect(isTaken && !isTakenAgain)
            }
            while let slot = queue.popReady() {
                #expect(slot.waiting == 0)
                if let bytes = slot.bytes {
                    #expect(bytes == Array("\(left)".utf8))
                } else {
                    let expected = slot.responses.indices.map { part -> Response? in
                        .failure(Failure(.badRequest, "\(left)/\(part)"))
                    }
                    #expect(slot.responses == expected)
                }
                left += 1
            }
            #expect(UInt64(queue.count) == added - left)
            #expect(!open.contains { $0.number < left })
        }
        #expect(queue.isEmpty)
        let late = [
            queue.receive(.entry(nil), 17, part: 0), queue.receive(.entry(nil), 5000, part: 0),
            queue.receive(KeysPage(), 5000),
        ]
        #expect(!late.contains(true))
    }
}
