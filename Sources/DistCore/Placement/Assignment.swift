/// An owner table in the making: who fills which place, and how far from the quotas that is.
struct Assignment {
    let sites: Sites
    /// Sites by place, `sites.width` places to a partition.
    private(set) var table: [UInt16]
    private(set) var load: [Int]
    /// How many places each site should fill.
    let quotas: [Int]
    /// Of the owners of a partition, at most so many may repeat the host or zone of another.
    private let spareHosts: Int
    private let spareZones: Int

    /// Nobody's place. It counts as a site after all others.
    static let hole = UInt16.max

    init(_ sites: Sites, table: [UInt16]) {
        self.sites = sites
        self.table = table
        load = Array(repeating: 0, count: sites.all.count)
        for owner in table where owner != Self.hole { load[Int(owner)] += 1 }
        quotas = sites.quotas(load: load)
        spareHosts = max(0, sites.width - sites.hosts)
        spareZones = max(0, sites.width - sites.zones)
    }

    func excess(_ site: Int) -> Int { load[site] - quotas[site] }

    func places(of partition: Int) -> Range<Int> {
        partition * sites.width..<(partition + 1) * sites.width
    }

    mutating func put(_ owner: UInt16, at place: Int) {
        if table[place] != Self.hole { load[Int(table[place])] -= 1 }
        if owner != Self.hole { load[Int(owner)] += 1 }
        table[place] = owner
    }

    /// Which of the distinctions a choice must keep.
    enum Strictness: CaseIterable {
        case zones, hosts, nodes
    }

    /// Whether `candidate` may fill a place, given the other owners of the partition.
    func fits(_ candidate: UInt16, at place: Int, _ strictness: Strictness = .zones) -> Bool {
        let places = places(of: place / sites.width)
        for other in places where other != place && table[other] == candidate { return false }
        guard strictness != .nodes else { return true }
        guard
            spareHosts >= sites.width - 1
                || repeats(places, place, candidate, sites.hostOfSite) <= spareHosts
        else { return false }
        return strictness == .hosts || spareZones >= sites.width - 1
            || repeats(places, place, candidate, sites.zoneOfSite) <= spareZones
    }

    /// Opens places until no partition has more of a host or zone than it must.
    mutating func openRepeats() {
        for partition in 0..<Partition.count {
            let places = places(of: partition)
            while let place = repeated(in: places, sites.hostOfSite, spareHosts)
                ?? repeated(in: places, sites.zoneOfSite, spareZones)
            {
                put(Self.hole, at: place)
            }
        }
    }

    /// How many owners share their label with an earlier one, once `candidate` is at `place`.
    private func repeats(
        _ places: Range<Int>, _ place: Int, _ candidate: UInt16, _ labels: [Int]
    ) -> Int {
        var count = 0
        for later in places {
            let owner = later == place ? candidate : table[later]
            guard owner != Self.hole else { continue }
            for earlier in places.lowerBound..<later {
                let other = earlier == place ? candidate : table[earlier]
                if other != Self.hole, labels[Int(other)] == labels[Int(owner)] {
                    count += 1
                    break
                }
            }
        }
        return count
    }

    /// The place of the fullest site among those that repeat a label too often.
    private func repeated(in places: Range<Int>, _ labels: [Int], _ allowed: Int) -> Int? {
        guard let first = places.first, allowed < sites.width - 1,
            repeats(places, first, table[first], labels) > allowed
        else { return nil }
        let owners = places.filter { table[$0] != Self.hole }
        let doubled = owners.filter { place in
            owners.contains { other in
                other != place && labels[Int(table[other])] == labels[Int(table[place])]
            }
        }
        return doubled.max { first, second in
            excess(Int(table[first])) < excess(Int(table[second]))
        }
    }
}
