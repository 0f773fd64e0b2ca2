/// The owner table as a pure function of the old table and the members (P1).
enum Placement {
    static func table(old: Topology?, members: [Member], replicas: Int) -> [UInt16] {
        let width = min(replicas, members.count)
        var table: [UInt16] = []
        for partition in 0..<Partition.count {
            for place in 0..<width { table.append(UInt16((partition + place) % members.count)) }
        }
        return table
    }
}
