extension Assignment {
    /// Fills every hole and moves places until every site is at its quota. Each move is one that
    /// some site's excess or some hole makes necessary, unless only a chain of moves gets there.
    mutating func balance() {
        for source in [sites.all.count] + sites.all.indices { handOver(source) }
        while table.contains(Self.hole), relieve(sites.all.count) {}
        fillBlindly()
        for site in sites.all.indices {
            while excess(site) > 0, relieve(site) {}
        }
    }

    /// Gives places of `source` (holes, when it is the number of sites) straight to sites below
    /// their quota, always to the one that lacks most, while there are any to give.
    private mutating func handOver(_ source: Int) {
        for step in 0..<Partition.count {
            guard source == sites.all.count || excess(source) > 0 else { return }
            let partition = Self.partition(step, source)
            while let place = place(of: source, in: partition),
                let taker = neediest(at: place)
            {
                put(UInt16(taker), at: place)
            }
        }
    }

    private func neediest(at place: Int) -> Int? {
        var best: Int?
        for site in sites.all.indices where excess(site) < best.map(excess) ?? 0 {
            if fits(UInt16(site), at: place) { best = site }
        }
        return best
    }

    /// An odd stride visits every partition, and each source begins elsewhere, so that the moves
    /// spread over the ring.
    private static func partition(_ step: Int, _ source: Int) -> Int {
        (source &* 331 &+ step &* 389) & (Partition.count - 1)
    }

    /// Moves one place from `source` along the shortest chain to a site below its quota. False when
    /// no chain leads to one.
    private mutating func relieve(_ source: Int) -> Bool {
        var search = Search(sites: sites.all.count, source: source)
        while let site = search.next() {
            for step in 0..<Partition.count {
                let partition = Self.partition(step, site)
                guard let place = place(of: site, in: partition),
                    !search.path(to: site, uses: partition, width: sites.width)
                else { continue }
                for candidate in sites.all.indices where !search.isVisited(candidate) {
                    guard fits(UInt16(candidate), at: place) else { continue }
                    search.visit(candidate, from: site, place: place)
                    if excess(candidate) < 0 {
                        for (place, owner) in search.chain(to: candidate) {
                            put(UInt16(owner), at: place)
                        }
                        return true
                    }
                }
            }
        }
        return false
    }

    private func place(of site: Int, in partition: Int) -> Int? {
        let owner = site == sites.all.count ? Self.hole : UInt16(site)
        for place in places(of: partition) where table[place] == owner { return place }
        return nil
    }

    /// Labels that contradict the quotas leave holes: fill them with the emptiest site that breaks
    /// the least important distinction only.
    private mutating func fillBlindly() {
        for place in table.indices where table[place] == Self.hole {
            for strictness in Strictness.allCases {
                let fitting = sites.all.indices.filter {
                    fits(UInt16($0), at: place, strictness)
                }
                guard let site = fitting.min(by: { excess($0) < excess($1) }) else { continue }
                put(UInt16(site), at: place)
                break
            }
        }
    }
}

/// A breadth-first search over sites. An edge is a place that one site can hand to another.
private struct Search {
    private var queue: [Int]
    private var head = 0
    private var parents: [Int?]
    private var places: [Int]
    private let source: Int

    init(sites: Int, source: Int) {
        self.source = source
        queue = [source]
        parents = Array(repeating: nil, count: sites + 1)
        places = Array(repeating: 0, count: sites + 1)
        parents[source] = source
    }

    mutating func next() -> Int? {
        guard head < queue.count else { return nil }
        defer { head += 1 }
        return queue[head]
    }

    func isVisited(_ site: Int) -> Bool { parents[site] != nil }

    mutating func visit(_ site: Int, from parent: Int, place: Int) {
        parents[site] = parent
        places[site] = place
        queue.append(site)
    }

    /// Two moves in one partition could each be right and together wrong.
    func path(to site: Int, uses partition: Int, width: Int) -> Bool {
        var current = site
        while current != source {
            if places[current] / width == partition { return true }
            current = parents[current] ?? source
        }
        return false
    }

    /// Each place with its new owner.
    func chain(to site: Int) -> [(place: Int, owner: Int)] {
        var moves: [(place: Int, owner: Int)] = []
        var current = site
        while current != source {
            moves.append((places[current], current))
            current = parents[current] ?? source
        }
        return moves
    }
}
