package import GrepvineDistCore

/// Where the walk for expired values is.
struct ExpiryWalk {
    /// The page to look at next: the first hash that it covers.
    var cursor: UInt64 = 0
    var expired: UInt64 = 0

    mutating func restart() { cursor = 0 }

    var partition: Int { Int(cursor >> 54) }

    /// Is the walk inside a partition, with its earliest expiry half known?
    var isInside: Bool { cursor & (1 << 54 - 1) != 0 }
}

extension RecordStore {
    /// Turns expired values into tombstones of the same version, looking at about `budget`
    /// records and going on there next time. Partitions in which nothing can have expired yet
    /// cost nothing. Returns how many records it looked at.
    @discardableResult
    package mutating func expire(budget: Int, now: WallTime) -> Int {
        cleaner.now = now
        var looked = 0
        var skipped = 0
        while looked < budget, totals.expiring > 0, skipped <= Partition.count {
            let number = expiryWalk.partition
            if !expiryWalk.isInside {
                guard partitions[number].expiring > 0,
                    partitions[number].earliestExpiry <= now.milliseconds
                else {
                    skipped += 1
                    expiryWalk.cursor = UInt64((number + 1) % Partition.count) << 54
                    continue
                }
                // Found anew by the walk, and by the merges that happen during it.
                partitions[number].earliestExpiry = .max
            }
            looked += expirePage(now)
        }
        return looked
    }

    private mutating func expirePage(_ now: WallTime) -> Int {
        let number = expiryWalk.partition
        let page = index.pageRange(at: expiryWalk.cursor)
        expiryWalk.cursor = page.next ?? 0
        var looked = 0
        for position in 0..<page.page.slotCount {
            guard let slot = page.page.slots.map({ $0 + position }), slot.pointee != 0
            else { continue }
            looked += 1
            let record = segments.bases.record(RecordAddress(slot: slot.pointee))
            guard record.isExpiring else { continue }
            if !record.isExpired(at: now) || !bury(record, slot) {
                partitions[number].earliestExpiry = min(
                    partitions[number].earliestExpiry, record.expiryMilliseconds)
            }
        }
        return looked
    }
}
