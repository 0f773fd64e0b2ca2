import GrepvineDistCore

/// One virtual client: it has at most one call under way.
struct Client {
    let number: Int
    /// The call that it waits for.
    var call: Int?

    var session: UInt64 { UInt64(number) + 1 }
}

/// A request that a client sent to a node.
struct Call {
    enum Purpose {
        /// Known to the history under this number.
        case key(Int)
        case grep(Grep)
    }

    /// A stream of hits that is being read.
    struct Grep {
        let query: GrepQuery
        var hits: [DocumentHit] = []
        /// Once it has ended.
        var summary: GrepSummary?
    }

    let client: Int
    let machine: Int
    let life: Int
    var request: Request
    var purpose: Purpose
    /// How often each machine had lost its memory when the call began.
    let losses: [Int]
    /// Once more under the version of an attempt that may have happened (W4).
    var isRetry = false
    var isOver = false
}

/// What clients do: mostly at QUORUM, a few keys that everybody wants and many that nobody does.
struct Workload {
    static let words = [
        "apple", "bravo", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty",
    ]

    let plan: Plan
    private var written = 0
    /// Every other read at ONE does.
    private var namesVersion = false

    init(_ plan: Plan) { self.plan = plan }

    var keys: [Key] {
        (0..<plan.hotKeys).map { key("hot", $0) } + (0..<plan.coldKeys).map { key("cold", $0) }
    }

    private func key(_ kind: String, _ number: Int) -> Key {
        Key((plan.evictingMemory == nil ? "" : "{tag\(number % 3)}") + "\(kind)\(number)")
    }

    mutating func next(
        at wall: WallTime, _ dice: inout SeededGenerator
    ) -> HistoryChecker.Operation {
        let key = key(&dice)
        let level = level(&dice)
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<45:
            namesVersion.toggle()
            return .init(.get, key, level, namesVersion: level == .one && namesVersion)
        case 45..<80:
            let expires = Int.random(in: 0..<8, using: &dice) == 0
            let life = Duration.milliseconds(Int64.random(in: 100...4_000, using: &dice))
            let value = value(for: key, &dice)
            return .init(.set(value: value, expiry: expires ? wall + life : nil), key, level)
        case 80..<92: return .init(.delete, key, level)
        default:
            let isForever = Bool.random(using: &dice)
            let life = Duration.milliseconds(Int64.random(in: 500...5_000, using: &dice))
            return .init(.expire(isForever ? nil : wall + life), key, level)
        }
    }

    private func key(_ dice: inout SeededGenerator) -> Key {
        if Bool.random(using: &dice) {
            return key("hot", Int.random(in: 0..<plan.hotKeys, using: &dice))
        }
        return key("cold", Int.random(in: 0..<plan.coldKeys, using: &dice))
    }

    private func level(_ dice: inout SeededGenerator) -> Consistency {
        switch Int.random(in: 0..<20, using: &dice) {
        case 0, 1: .one
        case 2: .all
        default: .quorum
        }
    }

    /// Unique, and a document of two lines; of three, one long, where memory is to be scarce.
    private mutating func value(for key: Key, _ dice: inout SeededGenerator) -> [UInt8] {
        written += 1
        let first = Self.words[Int.random(in: 0..<Self.words.count, using: &dice)]
        let second = Self.words[Int.random(in: 0..<Self.words.count, using: &dice)]
        let text = Array("\(key) \(written) \(first)\nand then \(second)".utf8)
        guard plan.evictingMemory != nil else { return text }
        let rest = Int.random(in: 0..<24_000, using: &dice)
        return text + [10] + [UInt8](repeating: UInt8(ascii: "."), count: rest)
    }

    /// A question about one of the words.
    func query(_ dice: inout SeededGenerator) -> GrepQuery {
        var query = GrepQuery(Self.words[Int.random(in: 0..<Self.words.count, using: &dice)])
        query.options.isLiteral = Bool.random(using: &dice)
        return query
    }
}
