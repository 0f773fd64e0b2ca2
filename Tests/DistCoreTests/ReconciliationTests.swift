import Testing

@testable import GrepvineDistCore

@Suite("Reconciliation of two sets")
struct ReconciliationTests {
    /// Two sets with so many entries in common and so many on either side alone.
    private static func sets(
        common: Int, ours: Int, theirs: Int, _ dice: inout SeededGenerator
    ) -> (ours: [UInt64], theirs: [UInt64], onlyOurs: [UInt64], onlyTheirs: [UInt64]) {
        let shared = (0..<common).map { _ in dice.next() }
        let left = (0..<ours).map { _ in dice.next() }
        let right = (0..<theirs).map { _ in dice.next() }
        return (
            (shared + left).shuffled(using: &dice), (shared + right).shuffled(using: &dice),
            left.sorted(), right.sorted()
        )
    }

    @Test(
        "symbols tell exactly what each side lacks, and few are needed (A2)",
        arguments: [
            (0, 1, 0), (500, 0, 0), (500, 1, 0), (500, 0, 1), (500, 3, 4), (2000, 40, 10),
            (300, 0, 700), (1000, 500, 500),
        ])
    func decode(common: Int, ours: Int, theirs: Int) {
        var dice = SeededGenerator(seed: UInt64(common + ours * 3 + theirs * 7))
        for _ in 0..<5 {
            let sets = Self.sets(common: common, ours: ours, theirs: theirs, &dice)
            var encoder = SketchEncoder(sets.theirs)
            var decoder = SketchDecoder(sets.ours)
            let step = max(1, (ours + theirs) / 16)
            while !decoder.isComplete, decoder.count < 4 * (ours + theirs) + 64 {
                let first = decoder.count
                encoder.extend(to: first + step)
                decoder.add(Array(encoder.symbols[first...]))
            }
            #expect(decoder.isComplete && !decoder.isBroken)
            #expect(decoder.ours == sets.onlyOurs)
            #expect(decoder.theirs == sets.onlyTheirs)
            if ours + theirs >= 500 { #expect(decoder.count < (ours + theirs) * 8 / 5) }
        }
    }

    @Test("symbols are the same whether they are made at once or a few at a time")
    func rateless() {
        var dice = SeededGenerator(seed: 3)
        let entries = (0..<300).map { _ in dice.next() }
        var whole = SketchEncoder(entries)
        whole.extend(to: 500)
        var parts = SketchEncoder(entries.reversed())
        for count in [1, 2, 7, 8, 100, 99, 499, 500] { parts.extend(to: count) }
        #expect(parts.symbols == whole.symbols)
    }

    @Test("made-up symbols end, and claim no entry twice")
    func hostile() {
        var dice = SeededGenerator(seed: 4)
        for _ in 0..<300 {
            let own = (0..<Int.random(in: 0...40, using: &dice)).map { _ in dice.next() }
            var decoder = SketchDecoder(own)
            for _ in 0..<4 {
                let symbols = (0..<Int.random(in: 1...60, using: &dice)).map { _ -> CodedSymbol in
                    // Half of them look like one entry.
                    let sum = dice.next() % 4 == 0 ? 7 : dice.next()
                    let isSingle = dice.next() % 2 == 0
                    return CodedSymbol(
                        sum: sum,
                        check: isSingle ? CodedSymbol.check(sum) : UInt32(truncatingIfNeeded: sum),
                        count: isSingle ? 1 : Int64(bitPattern: dice.next()))
                }
                decoder.add(symbols)
            }
            let found = decoder.ours + decoder.theirs
            #expect(Set(found).count == found.count)
        }
    }

    @Test("symbols come back as they went, and no part of them does")
    func codec() {
        var dice = SeededGenerator(seed: 5)
        for count in [0, 1, 2, 50] {
            var encoder = SketchEncoder((0..<200).map { _ in dice.next() })
            encoder.extend(to: 3 + count)
            var symbols = Array(encoder.symbols[3...])
            if count > 1 {
                symbols[0] = CodedSymbol(sum: .max, check: .max, count: .min)
                symbols[1] = CodedSymbol(sum: 0, check: 0, count: .max)
            }
            var writer = ByteWriter()
            writer.write(symbols, from: 3, of: 200)
            var reader = ByteReader(writer.bytes)
            #expect(reader.readSymbols(from: 3, count: count, of: 200) == symbols)
            #expect(reader.remaining == 0)
            for length in writer.bytes.indices {
                var reader = ByteReader(writer.bytes[..<length])
                #expect(reader.readSymbols(from: 3, count: count, of: 200) == nil)
            }
        }
    }

    @Test("two ascending lists give what only one of them has")
    func lists() {
        var dice = SeededGenerator(seed: 6)
        for _ in 0..<50 {
            let sets = Self.sets(
                common: Int.random(in: 0...30, using: &dice),
                ours: Int.random(in: 0...5, using: &dice),
                theirs: Int.random(in: 0...5, using: &dice), &dice)
            let parts = ReconciliationPlan.difference(sets.ours.sorted(), sets.theirs.sorted())
            #expect(parts.ours == sets.onlyOurs && parts.theirs == sets.onlyTheirs)
        }
    }

    @Test("a plan asks for ever more symbols, and for the list when that is shorter")
    func plan() {
        #expect(ReconciliationPlan.next(ours: 255, theirs: 9000, sent: 0) == .list)
        #expect(ReconciliationPlan.next(ours: 100_000, theirs: 10, sent: 0) == .list)
        #expect(ReconciliationPlan.next(ours: 1000, theirs: 1_000_000_000, sent: 0) == .list)
        #expect(
            ReconciliationPlan.next(ours: 8000, theirs: 8000, sent: 0, expected: 100)
                == .symbols(140))
        #expect(
            ReconciliationPlan.next(ours: 8000, theirs: 8000, sent: 0, expected: .max)
                == .symbols(2800), "no more than a quarter is expected")
        var sent = 0
        var rounds = 0
        while case .symbols(let count) = ReconciliationPlan.next(
            ours: 8000, theirs: 8000, sent: sent)
        {
            #expect(count > sent)
            sent = count
            rounds += 1
        }
        #expect(rounds > 3 && rounds < 40)
    }

    @Test(
        "of partitions that differ most have one difference, and the more of them the more",
        arguments: [(0, 0), (1, 1), (10, 10), (100, 105), (640, 1000), (1024, 2800)])
    func expectation(_ differing: Int, _ expected: Int) {
        let found = ReconciliationPlan.expectedDifferences(differing: differing, of: 1024)
        #expect(abs(found - expected) <= expected / 20)
    }

    private static func digests(_ changed: [UInt16: UInt64] = [:]) -> (Partition) ->
        PartitionDigest?
    {
        { partition in
            guard partition.number % 3 != 0 else { return nil }
            return PartitionDigest(
                count: 5, low: changed[partition.number] ?? UInt64(partition.number), high: 0)
        }
    }

    @Test("a tree differs in its root, in one branch and in the leaf of what differs (A1)")
    func tree() {
        let first = DigestTree(salt: 1, Self.digests())
        #expect(first.root == DigestTree(salt: 1, Self.digests()).root)
        #expect(first.root != DigestTree(salt: 2, Self.digests()).root)
        for number in [1, 31, 32, 500, 1022] as [UInt16] {
            let other = DigestTree(salt: 1, Self.digests([number: 99_999]))
            #expect(other.root != first.root)
            let branches = (0..<DigestTree.branches).filter {
                other.branch($0) != first.branch($0)
            }
            #expect(branches == [Int(number) / DigestTree.width])
            let leaves = Partition.all.filter { other.leaf($0) != first.leaf($0) }
            #expect(leaves.map(\.number) == [number])
        }
        #expect(!first.isShared(Partition(number: 3)) && first.isShared(Partition(number: 4)))
        #expect(DigestTree(salt: 1) { _ in nil }.isEmpty)
    }

    @Test(
        "pauses double to ten minutes while nothing differs, and are short again after a difference"
    )
    func pace() {
        var pace = RepairPace(shortest: .seconds(10))
        var now = Instant.start
        var pauses: [Duration] = []
        for jitter in 0..<12 as Range<UInt64> {
            pace.foundEqual(now: now, jitter: jitter &* 0x9e37_79b9_7f4a_7c15 >> 1)
            pauses.append(pace.next - now)
            now = pace.next
        }
        #expect(pauses[0] >= .milliseconds(7500) && pauses[0] <= .milliseconds(12_500))
        #expect(pauses[11] >= .seconds(450) && pauses[11] <= .seconds(750))
        pace.foundEqual(now: now, jitter: 0)
        pace.hasten(now + .seconds(1))
        #expect(pace.next == now + .seconds(1))
        pace.foundDifference(now: now, jitter: 0)
        #expect(pace.next - now <= .milliseconds(12_500))
    }

    @Test("a budget lets as many bytes through as it says")
    func budget() {
        var budget = ByteBudget(bytesPerSecond: 1000, now: .start)
        var now = Instant.start
        for _ in 0..<10 {
            now = max(now, budget.ready)
            budget.spend(500, now: now)
        }
        #expect(budget.ready - .start == .seconds(5))
    }
}
