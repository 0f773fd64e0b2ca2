import GrepvineDistCore

/// Addresses given by the operator: contacted at the start, again while nobody is known, and
/// slowly for as long as one has not answered, so that two islands that name each other merge.
///
/// A name stands for all the addresses that it resolves to. It is resolved at the start, again and
/// again while the node is isolated, and rarely otherwise: names of changing sets of nodes are
/// followed, and addresses that are gone are dropped.
struct SeedContacts: Sendable {
    struct Seed: Sendable {
        let address: Address
        /// The name that led here; nil for what the operator gave as an address.
        let name: Address?
        var lastSent: Instant?
        var delay: Duration
        /// Who answered there; the seed is content while that member is live.
        var answeredBy: NodeID?
    }

    struct Name: Sendable {
        let address: Address
        var lastAsked: Instant?
    }

    private(set) var seeds: [Seed]
    private(set) var names: [Name]
    private let firstDelay: Duration

    init(_ addresses: [Address], first delay: Duration) {
        var known: [Address] = []
        for address in addresses where !known.contains(address) { known.append(address) }
        firstDelay = delay
        seeds = known.filter(\.isLiteral).map {
            Seed(address: $0, name: nil, delay: delay)
        }
        names = known.filter { !$0.isLiteral }.map { Name(address: $0) }
    }

    /// When name `index` is to be resolved, if `pause` is long enough at present.
    func nameDue(_ index: Int, pause: Duration) -> Instant {
        names[index].lastAsked.map { $0 + pause } ?? Instant(nanoseconds: .min)
    }

    mutating func asked(_ index: Int, now: Instant) { names[index].lastAsked = now }

    /// Replaces what the name stood for. Addresses that stay keep their pace. A name that leads
    /// nowhere keeps what it led to.
    mutating func resolved(_ name: Address, to addresses: [Address], except own: Address) {
        guard names.contains(where: { $0.address == name }), !addresses.isEmpty else { return }
        let wanted = addresses.prefix(GossipLimit.seedAddresses).filter { $0 != own }
        seeds.removeAll { $0.name == name && !wanted.contains($0.address) }
        for address in wanted where !seeds.contains(where: { $0.address == address }) {
            seeds.append(Seed(address: address, name: name, delay: firstDelay))
        }
    }

    /// When seed `index` is to be contacted, if `bound` is the longest pause at present.
    func due(_ index: Int, bound: Duration) -> Instant {
        guard let sent = seeds[index].lastSent else { return Instant(nanoseconds: .min) }
        return sent + min(seeds[index].delay, bound)
    }

    mutating func contacted(_ index: Int, now: Instant, bound: Duration) {
        if seeds[index].lastSent != nil { seeds[index].delay = min(seeds[index].delay * 2, bound) }
        seeds[index].lastSent = now
    }

    mutating func answered(_ address: Address, by id: NodeID) {
        guard let index = seeds.firstIndex(where: { $0.address == address }) else { return }
        seeds[index].answeredBy = id
    }
}

extension Address {
    /// Digits and dots, or anything with a colon: nothing to resolve.
    package var isLiteral: Bool {
        host.contains(":") || host.utf8.allSatisfy { $0 == 0x2e || (0x30...0x39).contains($0) }
    }
}

/// Pulls under way: who was asked what, so that only an answer that was asked for is followed up.
struct Pulls: Sendable {
    struct Pull: Sendable {
        let nonce: UInt64
        /// The seed that it went to.
        let seed: Address?
        /// One page is enough.
        let isIntroduction: Bool
    }

    static let limit = 32
    private var open: [Pull] = []
    /// Pace of pulls because of differing digests.
    var nextSync = Instant(nanoseconds: .min)
    var syncDelay: Duration

    init(first delay: Duration) { syncDelay = delay }

    mutating func began(_ pull: Pull) {
        if open.count == Self.limit { open.removeFirst() }
        open.append(pull)
    }

    mutating func take(_ nonce: UInt64) -> Pull? {
        open.firstIndex { $0.nonce == nonce }.map { open.remove(at: $0) }
    }
}
