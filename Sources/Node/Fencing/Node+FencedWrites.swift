import GrepvineDistCore
import GrepvineStorage

extension Node {
    /// What an owner answers to a write that its fence stops, unless it holds it or something newer
    /// already (T2).
    mutating func answerBehindFence(
        _ record: RecordView, _ hash: KeyHash, expected: Version?
    ) -> WriteCoordinator.Reply {
        let stored = store.find(record.key, hash)?.version
        // It was here, all owners agreed that it is deleted, and it went: as good as held, for
        // whoever only brings others up to it.
        if stored == nil, expected == record.version,
            record.isPurgeable(behind: fences.table[record.partition].stable)
        {
            return isInSync(record.partition) ? .accepted : .held
        }
        metrics.fences.fencedWrites += 1
        let fence = fences.table.fence(of: record.partition)
        if case .superseded(let version) = Merge.decide(
            stored: stored, incoming: record.version, fence: fence, expected: expected)
        {
            return .superseded(version)
        }
        return .fenced(fence)
    }
}
