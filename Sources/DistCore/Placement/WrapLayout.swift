/// The first owner table of a cluster, by the wrap-around rule of McNaughton.
///
/// Lay the quotas of all sites end to end, ordered by zone and host, and break the line into one
/// row per replica: partition `p` is owned by column `p`. What is at most 1024 long meets no
/// column twice, and what is at least 1024 long meets each. Quotas keep to those bounds, so nodes,
/// hosts and zones are all as distinct as they can be, and every share is exact.
struct WrapLayout {
    private let sites: Sites
    /// The site at each place, row after row.
    private var line: [UInt16]

    init(_ sites: Sites, quotas: [Int]) {
        self.sites = sites
        let order = sites.all.indices.sorted { first, second in
            let (left, right) = (sites.all[first], sites.all[second])
            return (left.zone, left.host, first) < (right.zone, right.host, second)
        }
        line = order.flatMap { Array(repeating: UInt16($0), count: quotas[$0]) }
        for row in 0..<sites.width { shuffle(row) }
    }

    /// Partition by partition, the order of owners without meaning.
    var table: [UInt16] {
        (0..<Partition.count).flatMap { column in
            (0..<sites.width).map { line[$0 * Partition.count + column] }
        }
    }

    /// Mixes the columns of a row, so that the partitions of one node share their other owners with
    /// many nodes and a failure burdens all of them a little. A zone keeps its stretch of columns,
    /// and a host that continues in another row keeps its exact place.
    private mutating func shuffle(_ row: Int) {
        var generator = SeededGenerator(seed: UInt64(row))
        let end = (row + 1) * Partition.count
        var start = row * Partition.count
        while start < end {
            var next = start
            while next < end, zone(next) == zone(start) { next += 1 }
            var first = start
            var last = next
            if first == row * Partition.count, row > 0 {
                while first < last, host(first) == host(start - 1) { first += 1 }
            }
            if last == end, end < line.count {
                while last > first, host(last - 1) == host(end) { last -= 1 }
            }
            // Not the standard library's shuffle, which may change between compilers.
            for place in (first..<last).dropFirst() {
                let other = first + Int(generator.next() % UInt64(place - first + 1))
                line.swapAt(place, other)
            }
            start = next
        }
    }

    private func zone(_ place: Int) -> Int { sites.all[Int(line[place])].zone }

    private func host(_ place: Int) -> Int { sites.all[Int(line[place])].host }
}
