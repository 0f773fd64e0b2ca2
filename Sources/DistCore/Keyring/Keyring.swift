/// Which keys the gossip of a cluster may be sealed with, and which of them seals (S6). It holds
/// names only: the keys themselves never leave the edge, so nothing here can leak one.
///
/// One value for the whole cluster, replaced whole. The higher version wins wherever two meet, so
/// a node that was away catches up from any other.
public struct Keyring: Hashable, Sendable {
    /// A rotation needs two keys at once; the third is for whoever starts the next one early.
    public static let capacity = 3

    /// Totally ordered. Two rings of one version are the same ring.
    public struct Version: Hashable, Comparable, Sendable {
        /// Changes since the keys of the configuration, which are number 0.
        public let number: UInt64
        /// Follows from what the ring holds: orders rings that were changed at the same time.
        public let tag: UInt64

        public init(number: UInt64, tag: UInt64) {
            self.number = number
            self.tag = tag
        }

        public static func < (left: Version, right: Version) -> Bool {
            (left.number, left.tag) < (right.number, right.tag)
        }
    }

    public let version: Version
    /// In the order of adding, each once, never none.
    public let keys: [KeyID]
    /// Seals what this cluster sends.
    public let primary: KeyID

    /// Nil unless there are one to three different keys and the primary is one of them.
    public init?(number: UInt64, keys: [KeyID], primary: KeyID) {
        guard (1...Self.capacity).contains(keys.count), Set(keys).count == keys.count,
            keys.contains(primary), number <= 1 << 62
        else { return nil }
        let tag = keys.reduce(Mix.fold(number ^ 0x9e37_79b9_7f4a_7c15, UInt64(primary.rawValue))) {
            Mix.fold($0 ^ 0xd1b5_4a32_d192_ed03, UInt64($1.rawValue) ^ 0xe703_7ed1_a0b4_28db)
        }
        version = Version(number: number, tag: tag)
        self.keys = keys
        self.primary = primary
    }
}

/// One step of a rotation: add a key, then seal with it, then remove the old one.
public struct KeyringChange: Hashable, Sendable {
    public enum Operation: Hashable, Sendable {
        case add(KeyID)
        case use(KeyID)
        case remove(KeyID)
    }

    public var operation: Operation
    /// The version that the operator saw: a change of any other ring is refused, so that a
    /// recorded change cannot be played again.
    public var base: Keyring.Version
    /// Go on although some member has not confirmed the ring.
    public var isForced: Bool

    public init(_ operation: Operation, base: Keyring.Version, isForced: Bool = false) {
        self.operation = operation
        self.base = base
        self.isForced = isForced
    }
}

/// Why a change was not made.
public enum KeyringRefusal: Error, Hashable, Sendable {
    case changedMeanwhile
    case full
    case noSuchKey(KeyID)
    case isPrimary(KeyID)
    /// Members that are not known to hold the ring as it is.
    case unconfirmed([String])
}

extension Keyring {
    /// The ring after one step; the same ring when there is nothing to do.
    ///
    /// - Parameter unconfirmed: names of members that are not known to hold this very version.
    ///   They could not open what is sealed with a key that they lack, so sealing with another
    ///   key and removing one wait for them.
    public func changed(
        by change: KeyringChange, unconfirmed: [String]
    ) throws(KeyringRefusal) -> Keyring {
        guard change.base == version else { throw .changedMeanwhile }
        switch change.operation {
        case .add(let key):
            if keys.contains(key) { return self }
            guard keys.count < Self.capacity else { throw .full }
            return next(keys + [key], primary)
        case .use(let key):
            guard keys.contains(key) else { throw .noSuchKey(key) }
            if key == primary { return self }
            guard unconfirmed.isEmpty || change.isForced else { throw .unconfirmed(unconfirmed) }
            return next(keys, key)
        case .remove(let key):
            guard keys.contains(key) else { throw .noSuchKey(key) }
            guard key != primary else { throw .isPrimary(key) }
            guard unconfirmed.isEmpty || change.isForced else { throw .unconfirmed(unconfirmed) }
            return next(keys.filter { $0 != key }, primary)
        }
    }

    private func next(_ keys: [KeyID], _ primary: KeyID) -> Keyring {
        guard let ring = Keyring(number: version.number + 1, keys: keys, primary: primary) else {
            preconditionFailure("\(keys) with primary \(primary)")
        }
        return ring
    }

    /// A key that the holder of `other` can open, the surest first: what seals, then the newest.
    public func common(with other: [KeyID]) -> KeyID? {
        other.contains(primary) ? primary : keys.last { other.contains($0) }
    }
}
