/// A member as placement sees it. Zones and hosts are numbered in the order of their labels.
struct Site {
    let member: Int
    let weight: Int
    let zone: Int
    /// A host lies in one zone; a member without a host label is a host of its own.
    let host: Int
}

/// The members that may own something, and what their labels ask of every partition.
struct Sites {
    let all: [Site]
    /// How many there are in all, and which one each site is in.
    let zones: Int
    let hosts: Int
    let zoneOfSite: [Int]
    let hostOfSite: [Int]
    /// Owners per partition.
    let width: Int

    /// Members that leave own nothing, unless there is nobody else.
    init(_ members: [Member], replicas: Int) {
        let staying = members.indices.filter { members[$0].state != .leaving }
        let eligible = staying.isEmpty ? Array(members.indices) : staying
        let zoneLabels = Self.ascending(eligible.map { members[$0].zone })
        let hostLabels = Self.ascending(eligible.map { Self.hostLabel(members[$0]) })
        all = eligible.map { index in
            let member = members[index]
            return Site(
                member: index, weight: max(1, Int(member.weight)),
                zone: Self.position(of: member.zone, in: zoneLabels),
                host: Self.position(of: Self.hostLabel(member), in: hostLabels))
        }
        zoneOfSite = all.map(\.zone)
        hostOfSite = all.map(\.host)
        zones = zoneLabels.count
        hosts = hostLabels.count
        width = min(replicas, eligible.count)
    }

    /// Zone, then host, then the id of a member that has no host label; no label holds a zero byte
    /// that could make two of them one.
    private static func hostLabel(_ member: Member) -> String {
        let own = member.host.isEmpty ? member.id.description : ""
        return [member.zone, member.host, own].joined(separator: "\0")
    }

    private static func ascending(_ labels: [String]) -> [String] {
        labels.sorted().reduce(into: []) { distinct, label in
            if distinct.last != label { distinct.append(label) }
        }
    }

    private static func position(of label: String, in labels: [String]) -> Int {
        labels.firstIndex(of: label) ?? 0
    }
}
