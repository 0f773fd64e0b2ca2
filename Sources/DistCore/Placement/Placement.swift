/// The owner table as a pure function of the old table and the members (P1): distinct nodes, then
/// hosts, then zones while there are enough; load in proportion to weight, first owners too; and as
/// little movement as that allows.
enum Placement {
    /// Indexes into `members`, which ascend by id; the first owner of each partition first.
    static func table(old: Topology?, members: [Member], replicas: Int) -> [UInt16] {
        precondition(!members.isEmpty && replicas > 0, "\(members.count) members, \(replicas)×")
        let sites = Sites(members, replicas: replicas)
        let retained = old.map { Retained($0, sites: sites, members: members) }
        var assignment: Assignment
        if let retained, retained.isAnything {
            assignment = Assignment(sites, table: retained.table)
            assignment.openRepeats()
            assignment.balance()
        } else {
            let quotas = sites.quotas(load: Array(repeating: 0, count: sites.all.count))
            assignment = Assignment(sites, table: WrapLayout(sites, quotas: quotas).table)
        }
        let nobody: [UInt16?] = Array(repeating: nil, count: Partition.count)
        let owners = FirstOwners(assignment, preferred: retained?.first ?? nobody)
        return owners.table.map { UInt16(sites.all[Int($0)].member) }
    }
}

/// What of an old table can stay.
private struct Retained {
    /// Sites and holes by place.
    var table: [UInt16] = []
    /// The first owner of each partition, when it still is a site.
    var first: [UInt16?] = []

    var isAnything: Bool { first.contains { $0 != nil } || table.contains { $0 != .max } }

    init(_ old: Topology, sites: Sites, members: [Member]) {
        var siteOfMember: [UInt16?] = Array(repeating: nil, count: members.count)
        for (site, place) in sites.all.enumerated() { siteOfMember[place.member] = UInt16(site) }
        let siteOfOld = old.members.map { gone in
            members.firstIndex { $0.id == gone.id }.flatMap { siteOfMember[$0] }
        }
        for partition in Partition.all {
            let owners = old.ownerIndexes(of: partition).map { siteOfOld[Int($0)] }
            first.append(owners.first ?? nil)
            // A smaller replication factor keeps the preferred owners.
            let kept = owners.compactMap { $0 }.prefix(sites.width)
            table += kept
            table += Array(repeating: Assignment.hole, count: sites.width - kept.count)
        }
    }
}
