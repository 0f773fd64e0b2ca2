/// What a frame between nodes is. The numbers are the wire; they are never reused.
package enum PeerKind: UInt8 {
    case write = 32
    case writeReply = 33
    case read = 34
    case readReply = 35
    case topologyPull = 36
    case topology = 37
    /// Owners compare the digests of partitions that they share.
    case compare = 40
    case compareReply = 41
    /// One page of the records of a partition.
    case pull = 42
    case pullReply = 43
    /// What one side holds of partitions that differ, as coded symbols or a list.
    case sketch = 44
    case sketchReply = 45
    /// Records that one side lacks, and what it is told that it lacks.
    case fetch = 46
    case fetchReply = 47
    case grepOpen = 48
    case grepNext = 49
    case grepCancel = 50
    case grepBatch = 51
    /// Keys that a node serves: how many, or one page of their names.
    case keys = 52
    case keysReply = 53
    /// Which gossip keys a node holds, by name; and a ring of keys, sealed.
    case keyringState = 56
    case keyringOffer = 57
    /// What members say over the stream between them: `StreamMessage`.
    case membership = 58
    case offer = 59
    /// How far back writes of a coordinator may be under way.
    case watermark = 60
    case watermarkReply = 61
    /// A round of the stability fence.
    case prepare = 62
    case prepared = 63
    case settled = 64
    /// Versions that an owner let go of for room.
    case letGo = 65
}
