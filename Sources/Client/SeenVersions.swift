import GrepvineDistCore

/// The newest version of each key that somebody has seen: of the latest keys only, so that it stays
/// small however long it is used.
struct SeenVersions {
    enum Floor: Hashable {
        /// Never seen, so any answer will do.
        case none
        case version(Version)
        /// Perhaps seen, too long ago to remember.
        case forgotten
    }

    private let capacity: Int
    private var versions: [Key: Version] = [:]
    /// The keys in the order in which they were first seen, from `oldest` on, around the end.
    private var keys: [Key] = []
    private var oldest = 0
    private var hasForgotten = false

    /// - Parameter capacity: keys, at least 1.
    init(capacity: Int) { self.capacity = max(1, capacity) }

    mutating func note(_ version: Version, of key: Key) {
        guard let known = versions[key] else { return add(key, version) }
        if version > known { versions[key] = version }
    }

    private mutating func add(_ key: Key, _ version: Version) {
        versions[key] = version
        guard keys.count == capacity else { return keys.append(key) }
        versions[keys[oldest]] = nil
        keys[oldest] = key
        oldest = (oldest + 1) % capacity
        hasForgotten = true
    }

    func floor(of key: Key) -> Floor {
        versions[key].map(Floor.version) ?? (hasForgotten ? .forgotten : .none)
    }
}
