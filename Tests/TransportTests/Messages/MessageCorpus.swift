import GrepvineDistCore
import GrepvineTransport

/// At least one message of every case, with every optional part once there and once not.
enum MessageCorpus {
    static let id = NodeID(high: 0x0123_4567_89ab_cdef, low: .max)
    static let version = Version(
        clock: HybridClock(rawValue: 0x018f_0000_0000_0001), origin: 0xfeed_beef_0000_0001)

    static let hellos = [
        Hello(role: .client, cluster: "", name: "tool"),
        Hello(
            protocols: 1...9, role: .node, cluster: "gärten", clusterID: id,
            node: NodeID(high: 0, low: 1), bootEpoch: .max, name: "n1"),
    ]

    static let welcomes = [
        Welcome(
            protocolVersion: 1, cluster: "vines", clusterID: nil, node: id, name: "n1", epoch: 0),
        Welcome(
            protocolVersion: .max, cluster: "vines", clusterID: id, node: id, name: "",
            epoch: .max),
    ]

    static let refusals = [
        Refused.wrongCluster(ours: "red", oursID: nil, theirs: "blue", theirsID: id),
        Refused.unsupportedProtocol(ours: 1...2, theirs: 3...4),
    ]

    static let requests: [Request] = [
        .get("k", nil), .get(Key([0, 255]), .one), .get("k", .quorum),
        .get("k", .all, atLeast: Version(clock: HybridClock(rawValue: 9), origin: 8)),
        .set("k", value: [], .bytes, .never, nil),
        .set("k", value: Array("text".utf8), .text, .keep, .quorum),
        .set(
            Key([UInt8](repeating: 7, count: Key.longest)), value: [UInt8](0...255), .json,
            .at(WallTime(milliseconds: -1)), .all),
        .set("k", value: [1], .bytes, .never, .all, retrying: version),
        .delete("{tag}k", nil), .delete("k", .one), .delete("k", .one, retrying: version),
        .expire("k", .never, nil), .expire("k", .at(WallTime(milliseconds: .max)), .all),
        .grep(GrepQuery("foo|bar")), .grep(fullQuery),
        .grepNext(stream: .max), .grepCancel(stream: 0),
        .topology, .members, .explain("k"), .settings, .keyring(.list),
        .keyring(.change([UInt8](repeating: 9, count: 90))),
        .repair(RepairRequest()),
        .repair(RepairRequest(partition: Partition(number: 1023), starts: true)),
        .chaos(.show), .chaos(.heal(peer: nil)), .chaos(.heal(peer: "n2")),
        .chaos(.set(.none, peer: nil, .incoming, lasting: nil)),
        .chaos(.set(faults, peer: "n2", .both, lasting: .milliseconds(1500))),
    ]

    static let faults: Faults = {
        var faults = Faults()
        faults.drop = .always
        faults.duplicate = Chance(millionths: 5000) ?? .never
        faults.delay = .microseconds(20_500)
        faults.jitter = Faults.longestDelay
        faults.isCut = true
        return faults
    }()

    static let fullQuery: GrepQuery = {
        var query = GrepQuery("naïve")
        query.options.isLiteral = true
        query.options.wholeWords = true
        query.output = .counts
        query.before = 2
        query.after = 70_000
        query.keyPrefix = Array("docs/".utf8)
        query.limit = 0
        query.limitPerDocument = 9
        query.options.endsLinesWithCRLF = true
        query.binary = .isReported
        query.filter.globs = ["*.{c,h}", "!vendor/"]
        query.filter.contentType = .json
        query.filter.notBefore = WallTime(milliseconds: 1_700_000_000_000)
        query.filter.jsonPath = "$.level == 'error'"
        query.cursor = "AbC-_"
        return query
    }()

    static let failures = [
        Failure(.unavailable, "2 of 3 owners are down: n1, n2"),
        Failure(.timedOut, "no quorum", isDefinite: false, version: version, epoch: 3),
    ]

    static let responses: [Response] =
        [
            .entry(nil), .entry(entry(expiry: nil)),
            .entry(entry(expiry: WallTime(milliseconds: 1_700_000_000_000))),
            .written(WriteReceipt(version: version, acks: 2, owners: 3, existed: false)),
            .hits(GrepBatch(stream: 1, hits: [], summary: nil)),
            .hits(GrepBatch(stream: 2, hits: hits, summary: summary)),
            .topology(topology(members: 5, replicas: 3)),
            .members([]), .members(statuses),
            .explanation(
                Explanation(
                    key: "k", slot: Slot(of: "k"), partition: Partition(of: "k"), epoch: 4,
                    owners: statuses, route: "reads go to n1")),
            .settings([]), .keyring(keyrings), .repair(RepairReport()), .repair(repair),
            .chaos(ChaosReport()), .chaos(chaos),
            .settings([SettingValue(name: "replicas", value: "3", origin: "flag --replicas")]),
        ] + failures.map(Response.failure)

    static let repair: RepairReport = {
        var report = RepairReport()
        (report.partitions, report.unreachable, report.dirty, report.differing) = (9, 1, 2, 3)
        (report.recovering, report.running, report.oldestClean) = (4, 2, .seconds(77))
        (report.hints, report.oldestProof) = (9, .milliseconds(5))
        (report.rounds, report.exchanges, report.differences) = (5, 6, 7)
        (report.applied, report.sentBytes, report.receivedBytes) = (8, .max, 10)
        return report
    }()

    static let chaos: ChaosReport = {
        var report = ChaosReport()
        report.rules = [
            ChaosRule(peer: nil, directions: .outgoing, faults: .none, remaining: nil),
            ChaosRule(
                peer: "n2", directions: .incoming, faults: faults, remaining: .milliseconds(7)),
        ]
        report.counts.dropped = .max
        (report.counts.delayed, report.counts.duplicated) = (1, 2)
        (report.counts.overflowed, report.counts.heldBytes) = (3, 1 << 24)
        return report
    }()

    static let keyrings: KeyringReport = {
        let names = [KeyID(rawValue: 7), KeyID(rawValue: .max)]
        guard let ring = Keyring(number: 3, keys: names, primary: names[1]) else {
            preconditionFailure("the corpus contradicts itself")
        }
        let nodes = KeyringReport.Standing.allCases.map { standing in
            KeyringReport.Node(
                id: id, name: "n1", standing: standing, ring: standing == .current ? ring : nil)
        }
        return KeyringReport(ring: ring, nodes: nodes)
    }()

    static let statuses = [MemberStatus.Liveness.alive, .suspect, .dead, .left].map { liveness in
        var status = MemberStatus(
            id: id, name: "n1", address: Address(host: "::1", port: 7000), respPort: 6379,
            httpPort: 0, zone: "a", liveness: liveness, incarnation: 3, bootEpoch: 9,
            partitions: 1024, recovering: 1)
        status.accusers = liveness == .suspect ? 2 : 0
        status.roundTrip = liveness == .left ? nil : .microseconds(350)
        status.callTime = liveness == .alive ? .microseconds(90) : nil
        status.isAvoided = liveness == .suspect
        status.protocols = 1...2
        return status
    }

    static let hits = [
        DocumentHit(key: "a", version: version, matchingLines: 2),
        DocumentHit(
            key: "b", version: version, matchingLines: 1, matches: 3,
            lines: [
                .init(number: 1, offset: 0, text: [], isMatch: false),
                .init(
                    number: 2, offset: 1, text: Array("foo bar foo".utf8), isMatch: true,
                    matches: [0..<3, 3..<3, 8..<11], hasLineFeed: false),
            ], binaryOffset: 70_000),
    ]

    static let summary: GrepSummary = {
        var summary = GrepSummary()
        summary.missing = [Partition(number: 0), Partition(number: 1023)]
        summary.reasons = [.deadline, .overloaded]
        summary.limitReached = true
        summary.cursor = "AbC-_"
        summary.documentsSearched = 12
        summary.bytesSearched = .max
        var work = SearchWork()
        (work.units, work.candidates, work.skippedBytes) = (.max, 0, 1 << 40)
        summary.searches = [
            NodeSearch(node: NodeID(high: 1, low: .max), name: "n1", work: work),
            NodeSearch(node: NodeID(high: 2, low: 0), name: "", work: SearchWork()),
        ]
        return summary
    }()

    static func entry(expiry: WallTime?) -> Entry {
        Entry(
            value: Array("value".utf8), contentType: .text, version: version, expiry: expiry,
            mayBeStale: expiry != nil)
    }

    static func topology(members count: Int, replicas: Int) -> Topology {
        let members = (0..<count).map { index in
            Member(
                id: NodeID(high: UInt64(index), low: 7), name: "n\(index)",
                address: Address(host: "10.0.0.\(index)", port: 7000), respPort: 6379,
                httpPort: 8080, bootEpoch: 5, zone: "z\(index % 2)", host: "h\(index)",
                weight: 100, state: index == 0 ? .leaving : .active)
        }
        let table = (0..<Partition.count).flatMap { partition in
            (0..<replicas).map { UInt16((partition + $0) % count) }
        }
        let topology = Topology(
            cluster: "vines", clusterID: id, epoch: 12, replicas: replicas, members: members,
            ownerTable: table)
        guard let topology else { preconditionFailure("the corpus contradicts itself") }
        return topology
    }
}

/// One kind of message, so that a test can treat all kinds alike.
enum MessageKind: CaseIterable, Sendable {
    case hello, welcome, refused, request, response

    /// Every message of this kind, encoded.
    var corpus: [[UInt8]] {
        switch self {
        case .hello: MessageCorpus.hellos.map { $0.encoded() }
        case .welcome: MessageCorpus.welcomes.map { $0.encoded() }
        case .refused: MessageCorpus.refusals.map { $0.encoded() }
        case .request: MessageCorpus.requests.map { $0.encoded() }
        case .response: MessageCorpus.responses.map { $0.encoded() }
        }
    }

    /// Decodes and encodes again; nil for what is refused.
    func recoded(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.withUnsafeBytes { bytes in
            switch self {
            case .hello: (try? Hello(decoding: bytes))?.encoded()
            case .welcome: (try? Welcome(decoding: bytes))?.encoded()
            case .refused: (try? Refused(decoding: bytes))?.encoded()
            case .request: (try? Request(decoding: bytes))?.encoded()
            case .response: (try? Response(decoding: bytes))?.encoded()
            }
        }
    }
}
