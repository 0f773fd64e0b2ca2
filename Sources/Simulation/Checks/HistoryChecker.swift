package import GrepvineDistCore

/// What clients asked and what they were told, judged as it happens. It knows nothing of nodes: it
/// holds the cluster to its promises by what its clients can see.
///
/// Versions are ordered as real time is (W2, R2): whoever starts after a QUORUM write or read of a
/// key has ended gets nothing older than that, and a write is stamped above it. So does a reader at
/// ONE who says what was certain (R4).
package struct HistoryChecker {
    package enum Kind: Hashable, Sendable {
        case get
        /// No two sets of a run carry equal bytes.
        case set(value: [UInt8], expiry: WallTime?)
        case delete
        case expire(WallTime?)
    }

    package struct Operation: Hashable, Sendable {
        package let kind: Kind
        package let key: Key
        package let level: Consistency
        /// A get that names the newest version that is certain when it begins.
        package let namesVersion: Bool

        package init(
            _ kind: Kind, _ key: Key, _ level: Consistency, namesVersion: Bool = false
        ) {
            self.kind = kind
            self.key = key
            self.level = level
            self.namesVersion = namesVersion
        }

        /// Nothing that was certain may be missed.
        var isCertain: Bool { level != .one || namesVersion }
    }

    /// How an operation ended for its client.
    package enum Outcome: Hashable, Sendable {
        case entry(Entry?)
        case written(WriteReceipt)
        case failed(Failure)
        /// No answer will come.
        case lost
    }

    private struct Call {
        let operation: Operation
        let began: WallTime
        /// The newest version that was certain for the key when the call began.
        let floor: Version
        /// A delete found nothing when this one was certain, so it stays away.
        let gone: Version
        var hasEnded = false
    }

    /// A write after which the key may have no live value.
    private struct Eraser {
        let call: Int
        /// nil while any version is possible.
        var version: Version?
        /// nil for a delete: at once.
        let expiry: WallTime?
    }

    private struct KeyHistory {
        var floor = Version.zero
        var gone = Version.zero
        var values: [Version: [UInt8]] = [:]
        var erasers: [Eraser] = []
    }

    package private(set) var violations: [String] = []
    package private(set) var ended = 0
    package private(set) var succeeded = 0
    /// How far a wall clock may be from true time.
    private let skew: Duration
    /// Values may go for room, and be there again: only nothing older may be seen (E1).
    private let allowsEviction: Bool
    private var calls: [Call] = []
    private var keys: [Key: KeyHistory] = [:]
    /// Which set wrote these bytes.
    private var writers: [[UInt8]: Int] = [:]
    private var firstLines: [[UInt8]: Key] = [:]
    private var seen: Set<Int> = []
    private var denied: Set<Int> = []
    /// How often each machine lost its memory.
    private var losses: [Int: Int] = [:]

    package init(skew: Duration, allowsEviction: Bool = false) {
        self.skew = skew
        self.allowsEviction = allowsEviction
    }

    /// The number of the call.
    package mutating func begin(_ operation: Operation, at time: WallTime) -> Int {
        let number = calls.count
        let known = keys[operation.key]
        calls.append(
            Call(
                operation: operation, began: time, floor: known?.floor ?? .zero,
                gone: known?.gone ?? .zero))
        switch operation.kind {
        case .get: break
        case .set(let value, let expiry):
            precondition(writers[value] == nil, "two sets of equal bytes")
            writers[value] = number
            firstLines[Array(value.prefix { $0 != 10 })] = operation.key
            if let expiry { add(Eraser(call: number, expiry: expiry), to: operation.key) }
        case .delete: add(Eraser(call: number, expiry: nil), to: operation.key)
        case .expire(let expiry):
            if let expiry { add(Eraser(call: number, expiry: expiry), to: operation.key) }
        }
        return number
    }

    private mutating func add(_ eraser: Eraser, to key: Key) {
        keys[key, default: KeyHistory()].erasers.append(eraser)
    }

    package mutating func end(_ number: Int, _ outcome: Outcome, at time: WallTime) {
        guard !calls[number].hasEnded else { return }
        calls[number].hasEnded = true
        ended += 1
        let call = calls[number]
        switch outcome {
        case .entry(let entry?): read(entry, number, call)
        case .entry(nil): readNothing(number, call, at: time)
        case .written(let receipt): wrote(receipt, number, call, at: time)
        case .failed(let failure): failed(failure, number, call)
        case .lost: break
        }
        switch outcome {
        case .entry, .written: succeeded += 1
        case .failed, .lost: break
        }
    }

    /// The newest version of its key that was certain when a call began.
    package func floor(of call: Int) -> Version { calls[call].floor }

    /// A machine lost its memory.
    package mutating func crashed(_ machine: Int) { losses[machine, default: 0] += 1 }

    package func losses(of machine: Int) -> Int { losses[machine] ?? 0 }

    /// Whether some set of the key began with this line.
    package func wasBegun(_ line: [UInt8], of key: Key) -> Bool { firstLines[line] == key }

    private mutating func complain(_ number: Int, _ call: Call, _ text: String) {
        violations.append(
            "call \(number), \(call.operation.verb) \(call.operation.key) at"
                + " \(call.operation.level.rawValue): \(text)")
    }
}

extension HistoryChecker {
    private mutating func read(_ entry: Entry, _ number: Int, _ call: Call) {
        let key = call.operation.key
        guard case .get = call.operation.kind else {
            return complain(number, call, "a read's answer to something else")
        }
        checkOrigin(of: entry, number, call)
        if let known = keys[key]?.values[entry.version], known != entry.value {
            complain(number, call, "version \(entry.version) names two values (V2)")
        }
        keys[key, default: KeyHistory()].values[entry.version] = entry.value
        if let expiry = entry.expiry, expiry + skew < call.began {
            complain(number, call, "a value that expired at \(expiry.milliseconds)")
        }
        guard call.operation.isCertain else { return }
        if entry.version < call.floor {
            complain(number, call, "read \(entry.version), older than \(call.floor) (W2, R2, R4)")
        }
        guard call.operation.level != .one else { return }
        if call.gone > .zero, entry.version <= call.gone {
            complain(number, call, "read \(entry.version), which a delete had found gone (E1)")
        }
        raise(key, to: entry.version)
    }

    private mutating func checkOrigin(of entry: Entry, _ number: Int, _ call: Call) {
        guard let writer = writers[entry.value],
            calls[writer].operation.key == call.operation.key
        else { return complain(number, call, "a value that nobody wrote to this key") }
        seen.insert(writer)
        if denied.contains(writer) {
            complain(number, call, "a value whose writer was told that nothing was written (W4)")
        }
    }

    /// No value is right only when a delete or an expiry at or above the floor explains it, or
    /// nothing was certain.
    private mutating func readNothing(_ number: Int, _ call: Call, at time: WallTime) {
        guard call.operation.isCertain, call.floor > .zero else { return }
        let isExplained = keys[call.operation.key]?.erasers.contains { eraser in
            guard eraser.version.map({ $0 >= call.floor }) ?? true else { return false }
            return eraser.expiry.map { $0 <= time + skew } ?? true
        }
        guard isExplained != true else { return }
        guard allowsEviction else {
            return complain(number, call, "read nothing, yet \(call.floor) was certain (W2, R2)")
        }
        guard case .delete = call.operation.kind else { return }
        let gone = keys[call.operation.key]?.gone ?? .zero
        keys[call.operation.key]?.gone = max(gone, call.floor)
    }

    private mutating func wrote(
        _ receipt: WriteReceipt, _ number: Int, _ call: Call, at time: WallTime
    ) {
        let key = call.operation.key
        guard receipt.version > .zero else {
            // There was nothing to delete or to expire: a read, and no write.
            readNothing(number, call, at: time)
            return forgetEraser(number, key)
        }
        settleEraser(number, key, receipt.version)
        let needed = call.operation.level.needed(of: receipt.owners)
        if receipt.acks < needed || receipt.acks > receipt.owners {
            complain(number, call, "\(receipt.acks) acks of \(receipt.owners) owners (W1)")
        }
        guard call.operation.level != .one else { return }
        if receipt.version <= call.floor {
            complain(
                number, call, "written as \(receipt.version), not above \(call.floor) (W2)")
        }
        raise(key, to: receipt.version)
    }

    private mutating func failed(_ failure: Failure, _ number: Int, _ call: Call) {
        if failure.isDefinite {
            forgetEraser(number, call.operation.key)
            guard case .set = call.operation.kind else { return }
            denied.insert(number)
            if seen.contains(number) {
                complain(number, call, "was read and is now said not to be written (W4)")
            }
        } else if let version = failure.version {
            settleEraser(number, call.operation.key, version)
        }
    }

    private mutating func raise(_ key: Key, to version: Version) {
        let floor = keys[key]?.floor ?? .zero
        keys[key, default: KeyHistory()].floor = max(floor, version)
    }

    private mutating func forgetEraser(_ call: Int, _ key: Key) {
        keys[key]?.erasers.removeAll { $0.call == call }
    }

    private mutating func settleEraser(_ call: Int, _ key: Key, _ version: Version) {
        guard let index = keys[key]?.erasers.firstIndex(where: { $0.call == call }) else { return }
        keys[key]?.erasers[index].version = version
    }
}

extension HistoryChecker.Operation {
    package var verb: String {
        switch kind {
        case .get: "get"
        case .set: "set"
        case .delete: "delete"
        case .expire: "expire"
        }
    }
}
