/// What a node has under way. Nothing of it stays when clients are quiet and peers answer.
package struct PendingWork: Hashable, Sendable {
    package var writes = 0
    /// Bytes of the records of those writes.
    package var writeBytes = 0
    /// Writes kept for owners that missed them.
    package var hints = 0
    package var reads = 0
    /// Partitions that wait to be copied from a co-owner or are being copied.
    package var pulls = 0
    /// Exchanges of what two owners lack of each other.
    package var exchanges = 0
    /// Rounds of the stability fence.
    package var rounds = 0
    /// Streams of hits of this node's clients.
    package var streams = 0
    /// Searches of its own replicas.
    package var searches = 0
    package var keyQueries = 0

    package init() {}
}

extension Node {
    package var pendingWork: PendingWork {
        var work = PendingWork()
        work.writes = writes.count
        work.writeBytes = writes.bytes
        work.hints = hints.count
        work.reads = reads.count
        work.pulls = sync.waiting
        work.exchanges = repair.underWay
        work.rounds = fences.underWay
        work.streams = grep.streams.count
        work.searches = grep.own.count
        work.keyQueries = keyQueries.table.count
        return work
    }
}
