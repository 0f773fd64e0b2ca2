import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Who lets go of what (E1): the first owner of a partition that can be reached decides, and tells
/// the others. What it says is always safe to do: an owner that lets go of a version remembers it.
extension Node {
    /// Ten times a second: who leads may have changed, and idle times are for catching up.
    mutating func evict(now: Moment) {
        guard configuration.limits.eviction == .s3fifo, let topology else { return }
        let owned = topology.partitions(ownedBy: id)
        let led = owned.filter { partition in
            topology.owners(of: partition).first { isReachable($0) } == id
        }
        store.setEviction(owned: owned, led: led, tells: topology.ownersPerPartition > 1)
        _ = store.evict(budget: 1 << 20, now: now.wall)
    }

    /// Sends what the store has decided to the other owners of each key, a frame to each.
    mutating func tellDecisions(now: Moment) {
        guard store.hasDecisions else { return }
        var batches: [NodeID: [UInt8]] = [:]
        store.takeDecisions().withUnsafeBytes { bytes in
            var rest = bytes
            while let (key, _, size) = EvictionNotice.first(of: rest) {
                for owner in topology?.owners(of: Slot(of: key.bytes).partition) ?? []
                where owner != id {
                    batches[owner, default: []] += rest.prefix(size)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[size...])
            }
        }
        for (owner, batch) in batches.sorted(by: { $0.key < $1.key }) {
            sendDecisions(batch, to: owner, now: now)
        }
    }

    /// An owner that cannot be reached now finds out by comparing.
    mutating func sendDecisions(_ decisions: [UInt8], to owner: NodeID, now: Moment) {
        guard !decisions.isEmpty else { return }
        _ = send(.letGo, nextID(), decisions, to: owner, deadline: nil, now: now)
    }

    /// Another owner let go of these versions, one `EvictionNotice` after the other; false when the
    /// bytes are none, and then those before are done.
    mutating func receiveDecisions(
        _ body: UnsafeRawBufferPointer, from peer: NodeID, now: Moment
    ) -> Bool {
        var rest = body
        while !rest.isEmpty {
            guard let (key, version, size) = EvictionNotice.first(of: rest) else { return false }
            let partition = Slot(of: key.bytes).partition
            if isOwner(of: partition), topology?.isOwner(peer, of: partition) == true,
                clock.observe(version.clock, at: now.wall)
            {
                let hash = store.hash(of: key, partition: partition)
                _ = store.letGo(of: key, hash, upTo: version)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
        return true
    }
}
