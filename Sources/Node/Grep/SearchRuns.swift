package import GrepvineDistCore
import GrepvineSearch

/// The searches of one node, and which of them share a run (G3).
///
/// Equal searches are one run until its first hits. Those go to everybody who asked, and from then
/// on each goes on by itself with a copy of what was found, at its own pace: so nobody waits for a
/// slow reader, and nothing is held for one but its place. A search that sees newer records than
/// the run of its equals does not join it, it waits until that run has its first hits.
package struct SearchRuns {
    private struct Member {
        var task: SearchTask
        let end: Instant
        var run: UInt64
        /// Its own, once the run has its first hits.
        var search: Search?
        var isOwed = true
        /// Another one began the run.
        var isShared: Bool
        /// How long it was worked on, waiting left out.
        var time = Duration.zero
    }

    private struct Run {
        var task: SearchTask
        var members: [UInt64]
        /// Nil until it begins.
        var search: Search?
        /// What everybody begins with, once it is there.
        var first: SearchReport?
        var time = Duration.zero
        /// An equal one that began on older records and comes first.
        let isBehind: UInt64?
    }

    /// What makes two searches equal.
    private struct Question: Hashable {
        let query: GrepQuery
        let partitions: PartitionSet
        let after: Key?
        let position: GrepPosition?

        init(_ task: SearchTask) {
            (query, partitions) = (task.query, task.partitions)
            (after, position) = (task.after, task.position)
        }
    }

    private var members: [UInt64: Member] = [:]
    private var runs: [UInt64: Run] = [:]
    /// The latest run of each question.
    private var latest: [Question: UInt64] = [:]
    private var lastRun: UInt64 = 0
    /// Who waits for something, in the order of asking.
    private var queue: [UInt64] = []

    /// How long one is worked on before the next one's turn.
    private static let slice = Duration.milliseconds(500)

    package init() {}

    /// Somebody waits for something.
    package var hasWork: Bool { !queue.isEmpty }

    package mutating func open(_ task: SearchTask, now: Instant) {
        let question = Question(task)
        var member = Member(
            task: task, end: now + task.budget, run: latest[question] ?? 0, isShared: true)
        if !join(member.run, task) {
            lastRun += 1
            let isBehind = runs[member.run].flatMap { $0.first == nil ? member.run : nil }
            runs[lastRun] = Run(task: task, members: [task.id], isBehind: isBehind)
            latest[question] = lastRun
            (member.run, member.isShared) = (lastRun, false)
        }
        members[task.id] = member
        queue.append(task.id)
    }

    /// A run that has not begun begins with what its latest member sees.
    private mutating func join(_ number: UInt64, _ task: SearchTask) -> Bool {
        guard let run = runs[number], run.search == nil || task.seesTheSame(as: run.task) else {
            return false
        }
        if run.search == nil { runs[number]?.task = task }
        runs[number]?.members.append(task.id)
        return true
    }

    /// More is wanted.
    package mutating func next(_ id: UInt64) {
        guard members[id]?.isOwed == false else { return }
        members[id]?.isOwed = true
        queue.append(id)
    }

    /// Nothing more is wanted. Tells what was done for nobody, unless others go on with it.
    package mutating func cancel(_ id: UInt64) -> SearchReport? {
        guard let member = remove(id) else { return nil }
        var report = SearchReport(id: id, state: .whole)
        report.isCancelled = true
        report.isShared = member.member.isShared
        report.work = (member.member.search ?? member.run?.search)?.work ?? SearchWork()
        return report
    }

    /// A run goes with its last member; while there are others, what it does is theirs.
    private mutating func remove(_ id: UInt64) -> (member: Member, run: Run?)? {
        guard let member = members.removeValue(forKey: id) else { return nil }
        let run = runs[member.run]
        runs[member.run]?.members.removeAll { $0 == id }
        if let heir = runs[member.run]?.members.first {
            if !member.isShared, member.search == nil { members[heir]?.isShared = false }
            return (member, nil)
        }
        runs[member.run] = nil
        if let run, latest[Question(run.task)] == member.run { latest[Question(run.task)] = nil }
        return (member, run)
    }

    /// Works for one that waits, and for all that share its run. Gives what can be sent then.
    package mutating func advance(
        clock: () -> Instant, isCancelled: (UInt64) -> Bool = { _ in false }
    ) -> [SearchReport] {
        while !queue.isEmpty {
            let id = queue.removeFirst()
            guard let member = members[id], member.isOwed else { continue }
            return serve(id, member, clock, isCancelled).map { report in
                isCancelled(report.id) ? withdrawn(report) : report
            }
        }
        return []
    }
}

extension SearchRuns {
    private mutating func serve(
        _ id: UInt64, _ member: Member, _ clock: () -> Instant, _ isCancelled: (UInt64) -> Bool
    ) -> [SearchReport] {
        if member.end <= clock() { return [finish(id, .deadline)] }
        if member.search != nil { return [goOn(id, clock, isCancelled)] }
        if let front = runs[member.run]?.isBehind, let run = runs[front], run.first == nil {
            return work(on: front, clock, isCancelled) + goesOn(member.run)
        }
        if runs[member.run]?.first != nil { return begin(id) }
        return work(on: member.run, clock, isCancelled)
    }

    /// It was cancelled while it was worked on.
    private mutating func withdrawn(_ report: SearchReport) -> SearchReport {
        if let report = cancel(report.id) { return report }
        var report = report
        (report.hits, report.isCancelled) = ([], true)
        return report
    }

    /// One slice of what members share.
    private mutating func work(
        on number: UInt64, _ clock: () -> Instant, _ isCancelled: (UInt64) -> Bool
    ) -> [SearchReport] {
        guard let run = runs[number] else { return [] }
        var search: Search
        do throws(PatternError) {
            // Taken out, so that it is not copied.
            if let begun = runs[number]?.search.take() {
                search = begun
            } else {
                search = try Search(run.task)
            }
        } catch {
            // The coordinator compiled the same pattern, so it is of another version.
            return run.members.map { finish($0, .unknown) }
        }
        let start = clock()
        let ends = run.members.map { ($0, members[$0]!.end) }
        let sliceEnd = ends.map(\.1).filter { $0 > start }.reduce(start + Self.slice, min)
        var report = search.report(
            isOver: {
                let now = clock()
                return ends.allSatisfy { $0.1 <= now || isCancelled($0.0) }
            },
            isSliceOver: { clock() >= sliceEnd })
        runs[number]?.time += clock() - start
        runs[number]?.search = search
        guard !report.hits.isEmpty || report.state.isLast else { return goesOn(number) }
        report.work.nanoseconds = 0
        runs[number]?.first = report
        return run.members.flatMap { members[$0]?.isOwed == true ? begin($0) : [] }
    }

    /// Whoever waits hears that the search goes on.
    private mutating func goesOn(_ number: UInt64) -> [SearchReport] {
        (runs[number]?.members ?? []).filter { members[$0]?.isOwed == true }.map {
            members[$0]?.isOwed = false
            return SearchReport(id: $0, state: .goesOn)
        }
    }

    /// From the first hits on a member is by itself.
    private mutating func begin(_ id: UInt64) -> [SearchReport] {
        guard let member = members[id], let run = runs[member.run], let first = run.first,
            let search = run.search
        else { return [] }
        members[id]?.search = search.forked(for: member.task)
        members[id]?.time = run.time
        return [deliver(first, to: id)]
    }

    private mutating func goOn(
        _ id: UInt64, _ clock: () -> Instant, _ isCancelled: (UInt64) -> Bool
    ) -> SearchReport {
        var search = members[id]!.search.take()!
        let end = members[id]!.end
        let start = clock()
        let report = search.report(
            isOver: { clock() >= end || isCancelled(id) },
            isSliceOver: { clock() >= start + Self.slice })
        members[id]?.time += clock() - start
        members[id]?.search = search
        return deliver(report, to: id)
    }

    private mutating func deliver(_ report: SearchReport, to id: UInt64) -> SearchReport {
        guard let member = members[id] else { return report }
        var report = report
        report.id = id
        report.isShared = member.isShared
        members[id]?.isOwed = false
        guard report.state.isLast else { return report }
        report.work.nanoseconds = UInt64(member.time / .nanoseconds(1))
        _ = remove(id)
        return report
    }

    /// Ends one that may still share a run.
    private mutating func finish(_ id: UInt64, _ state: SearchState) -> SearchReport {
        var report = SearchReport(id: id, state: state)
        if let member = members[id] {
            report.work = (member.search ?? runs[member.run]?.search)?.work ?? SearchWork()
        }
        return deliver(report, to: id)
    }
}
