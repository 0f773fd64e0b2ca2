/// What a store holds and what it costs, exactly, in keys and bytes.
package struct StoreStatistics: Hashable, Sendable {
    /// Keys whose newest record is a value, expired ones too until `expire` has seen them.
    package var liveKeys: Int
    package var tombstones: Int
    /// Values that have an expiry.
    package var expiringKeys: Int
    package var segments: Int
    /// Records that the index points at, header and padding too.
    package var liveBytes: Int
    /// Records that were replaced and wait for the cleaner.
    package var deadBytes: Int
    package var indexBytes: Int
    /// Everything taken from the system: segments, a spare one, indexes, sets of dead records.
    /// Pages of an open segment that no record has reached count, although not touched yet.
    package var allocatedBytes: Int
    /// Bytes of records that the cleaner has copied since the start.
    package var copiedBytes: UInt64
    /// Values that became tombstones by expiry since the start.
    package var expiredKeys: UInt64
    /// What the indexes for searches take, and the bytes of segments that they cover.
    package var searchIndexBytes: Int
    package var searchIndexedBytes: Int
    /// Values that were let go of for room since the start, and how many of them are known by key.
    package var evictions: EvictionCounts
    package var evictionsRemembered: Int
    package var evictionMemoryBytes: Int
}
