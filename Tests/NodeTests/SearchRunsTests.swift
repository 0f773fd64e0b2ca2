import GrepvineDistCore
import GrepvineStorage
import Testing

@testable import GrepvineNode

@Suite("Equal searches share one run")
struct SearchRunsTests {
    private let bench = SearchBench(segmentSize: 1 << 14)
    private static let now = Instant(nanoseconds: 1_000_000_000)

    init() {
        for number in 0..<200 {
            let text = (0..<40).map { "line \($0) of \(number), a needle\n" }.joined()
            bench.set(Key("k\(number)"), Array(text.utf8))
        }
    }

    private func task(
        _ id: UInt64, _ query: GrepQuery = GrepQuery("needle"), budget: Duration = .seconds(60),
        time: Int64 = 1, mostBytes: Int? = nil
    ) -> SearchTask {
        SearchTask(
            id: id, query: query, partitions: PartitionSet(Partition.all), after: nil,
            time: WallTime(milliseconds: time), snapshot: bench.store.snapshot(), budget: budget,
            mostBytes: mostBytes)
    }

    /// What became of each search.
    private struct Outcome {
        var hits: [UInt64: [DocumentHit]] = [:]
        var last: [UInt64: SearchReport] = [:]

        mutating func take(_ reports: [SearchReport]) {
            for report in reports {
                hits[report.id, default: []] += report.hits
                if report.state.isLast { last[report.id] = report }
            }
        }

        /// Searches that did work of their own.
        var runs: Int { last.values.count { !$0.isShared && !$0.isCancelled } }
    }

    /// Works until nobody waits.
    private func work(_ runs: inout SearchRuns, _ outcome: inout Outcome, now: Instant = now) {
        while runs.hasWork { outcome.take(runs.advance(clock: { now })) }
    }

    private func finish(_ runs: inout SearchRuns, _ outcome: inout Outcome, _ ids: [UInt64]) {
        while let id = ids.first(where: { outcome.last[$0] == nil }) {
            runs.next(id)
            work(&runs, &outcome)
        }
    }

    @Test("a thousand at once run once, and each has all hits in order at its own pace (G3)")
    func thousand() throws {
        var dice = SeededGenerator(seed: 3)
        var (runs, outcome) = (SearchRuns(), Outcome())
        let ids = Array(1...1000 as ClosedRange<UInt64>)
        for id in ids { runs.open(task(id), now: Self.now) }
        var open = ids
        while !open.isEmpty {
            for report in runs.advance(clock: { Self.now }) { outcome.take([report]) }
            open.removeAll { outcome.last[$0] != nil }
            if let id = open.randomElement(using: &dice) { runs.next(id) }
        }
        let alone = try SearchBench.run(GrepQuery("needle"), bench.store.snapshot())
        #expect(alone.hits.count == 200)
        for id in ids { #expect(outcome.hits[id] == alone.hits) }
        #expect(outcome.runs == 1)
        #expect(!runs.hasWork)
    }

    @Test("who comes late begins at the beginning, as long as nothing was written (G3)")
    func late() throws {
        var (runs, outcome) = (SearchRuns(), Outcome())
        runs.open(task(1), now: Self.now)
        work(&runs, &outcome)
        #expect(outcome.last[1] == nil && !outcome.hits[1]!.isEmpty)
        runs.open(task(2), now: Self.now)
        work(&runs, &outcome)
        #expect(outcome.hits[2] == outcome.hits[1])
        finish(&runs, &outcome, [2, 1])
        #expect(outcome.hits[2] == outcome.hits[1] && outcome.hits[1]?.count == 200)
        #expect(outcome.runs == 1)
    }

    @Test("who comes after a write finds it")
    func fresh() throws {
        var (runs, outcome) = (SearchRuns(), Outcome())
        runs.open(task(1), now: Self.now)
        bench.set("new1", Array("needle".utf8))
        // The run has not begun: both see what is new.
        runs.open(task(2), now: Self.now)
        work(&runs, &outcome)
        bench.set("new2", Array("needle".utf8))
        runs.open(task(3), now: Self.now)
        bench.set("new3", Array("needle".utf8))
        runs.open(task(4), now: Self.now)
        finish(&runs, &outcome, [1, 2, 3, 4])
        #expect([1, 2, 3, 4].map { outcome.hits[$0]?.count } == [201, 201, 203, 203])
        #expect(outcome.runs == 2)
    }

    @Test("an equal search that sees more waits for the one that is under way")
    func behind() throws {
        var (runs, outcome) = (SearchRuns(), Outcome())
        var query = GrepQuery("no such text")
        query.output = .keys
        // So that a slice ends with each segment.
        var time = Self.now
        func clock() -> Instant {
            time = time + .milliseconds(300)
            return time
        }
        runs.open(task(1, query, budget: .seconds(6000)), now: time)
        outcome.take(runs.advance(clock: clock))
        #expect(outcome.last[1] == nil)
        bench.set("new", Array("no such text".utf8))
        runs.open(task(2, query, budget: .seconds(6000)), now: time)
        var signs = 0
        while outcome.last[1] == nil {
            runs.next(1)
            runs.next(2)
            let made = runs.advance(clock: clock)
            signs += made.count { $0.id == 2 }
            outcome.take(made)
            #expect(outcome.last[2] == nil)
        }
        // It heard all the while that it goes on.
        #expect(signs > 2)
        while outcome.last[2] == nil {
            runs.next(2)
            outcome.take(runs.advance(clock: clock))
        }
        #expect(outcome.hits[1] == [] && outcome.hits[2]?.map(\.key) == ["new"])
        #expect(outcome.runs == 2)
    }

    @Test("the one that began it may go, and one that asks for nothing more holds nobody up")
    func leaving() throws {
        var (runs, outcome) = (SearchRuns(), Outcome())
        for id in [1, 2, 3] as [UInt64] { runs.open(task(id), now: Self.now) }
        let cancelled = runs.cancel(1)
        let report = try #require(cancelled)
        #expect(report.isCancelled && report.work == SearchWork())
        finish(&runs, &outcome, [2])
        #expect(outcome.hits[2]?.count == 200)
        #expect(outcome.last[3] == nil)
        finish(&runs, &outcome, [3])
        #expect(outcome.hits[3] == outcome.hits[2])
        #expect(outcome.runs == 1)
        let late = runs.cancel(3)
        #expect(late?.id == nil)
    }

    @Test("other questions and budgets have runs of their own")
    func different() {
        var (runs, outcome) = (SearchRuns(), Outcome())
        var insensitive = GrepQuery("needle")
        insensitive.options.ignoresCase = true
        runs.open(task(1), now: Self.now)
        runs.open(task(2, insensitive), now: Self.now)
        var few = GrepQuery("needle")
        few.maxBytes = 1
        runs.open(task(3, few, mostBytes: 1), now: Self.now)
        finish(&runs, &outcome, [1, 2, 3])
        #expect(outcome.runs == 3)
        #expect(outcome.last[3]?.state == .bytes && outcome.last[1]?.state == .whole)
    }

    @Test("the time of one is over while the other goes on")
    func deadlines() {
        var (runs, outcome) = (SearchRuns(), Outcome())
        runs.open(task(1, budget: .seconds(1)), now: Self.now)
        runs.open(task(2, budget: .seconds(9)), now: Self.now)
        work(&runs, &outcome, now: Self.now + .seconds(2))
        #expect(outcome.last[1]?.state == .deadline)
        runs.next(2)
        work(&runs, &outcome, now: Self.now + .seconds(2))
        #expect(outcome.hits[2]?.isEmpty == false && outcome.last[2] == nil)
        runs.next(2)
        work(&runs, &outcome, now: Self.now + .seconds(10))
        #expect(outcome.last[2]?.state == .deadline)
    }
}
