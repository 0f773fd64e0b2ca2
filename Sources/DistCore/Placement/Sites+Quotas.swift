extension Sites {
    /// How many places each site should fill: proportional to weight, within what distinct nodes,
    /// hosts and zones allow. The shares of the zones come first, then those of their hosts.
    ///
    /// `load` is what each site fills now; it only decides how shares are rounded.
    func quotas(load: [Int]) -> [Int] {
        let total = width * Partition.count
        let zoneParties = (0..<zones).map { zone in party(ofZone: zone, load) }
        let zoneShares = Quota.divide(total, among: zoneParties)
        var quotas = Array(repeating: 0, count: all.count)
        for zone in 0..<zones {
            let hosts = hosts(of: zone)
            let shares = Quota.divide(
                zoneShares[zone], among: hosts.map { party(ofHost: $0, load) })
            for (host, share) in zip(hosts, shares) {
                let sites = all.indices.filter { all[$0].host == host }
                let parties = sites.map { site in
                    Quota.Party(
                        weight: all[site].weight, least: 0, most: Partition.count,
                        current: load[site])
                }
                for (site, quota) in zip(sites, Quota.divide(share, among: parties)) {
                    quotas[site] = quota
                }
            }
        }
        return quotas
    }

    private func hosts(of zone: Int) -> [Int] {
        (0..<hosts).filter { host in all.contains { $0.host == host && $0.zone == zone } }
    }

    /// With enough hosts each holds a partition at most once, with few of them at least once.
    private func party(ofHost host: Int, _ load: [Int]) -> Quota.Party {
        let sites = all.indices.filter { all[$0].host == host }
        return Quota.Party(
            weight: sites.reduce(0) { $0 + all[$1].weight },
            least: hosts <= width ? Partition.count : 0,
            most: hosts >= width ? Partition.count : Partition.count * sites.count,
            current: sites.reduce(0) { $0 + load[$1] })
    }

    private func party(ofZone zone: Int, _ load: [Int]) -> Quota.Party {
        let parties = hosts(of: zone).map { party(ofHost: $0, load) }
        let most = parties.reduce(0) { $0 + $1.most }
        let least = parties.reduce(0) { $0 + $1.least }
        return Quota.Party(
            weight: parties.reduce(0) { $0 + $1.weight },
            least: zones <= width ? max(Partition.count, least) : least,
            most: zones >= width ? min(Partition.count, most) : most,
            current: parties.reduce(0) { $0 + $1.current })
    }
}
