/// Contiguous slots with the same owners in the same order: one row of CLUSTER SLOTS.
public struct SlotRange: Hashable, Sendable {
    public let first: Slot
    public let last: Slot
    /// Indexes into the members of the topology, preferred owner first.
    public let owners: ArraySlice<UInt16>
}

extension Topology {
    /// As few ranges as there can be, ascending; together they are exactly slots 0 to 16,383.
    public func slotRanges() -> [SlotRange] {
        var ranges: [SlotRange] = []
        var first = Slot(number: 0)
        for number in 1...UInt16(Partition.count) {
            let owners = ownerIndexes(of: first.partition)
            if number < Partition.count,
                ownerIndexes(of: Partition(number: number)).elementsEqual(owners)
            {
                continue
            }
            let last = Slot(number: number * Partition.slots - 1)
            ranges.append(SlotRange(first: first, last: last, owners: owners))
            if number < Partition.count { first = Slot(number: number * Partition.slots) }
        }
        return ranges
    }
}
