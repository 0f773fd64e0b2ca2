import GrepvineDistCore

/// One write that an owner missed.
struct Hint {
    let key: Key
    let version: Version
    let partition: Partition
    /// In its stored form.
    let record: [UInt8]
    /// When the owner missed its first write of this key.
    var began: Instant

    /// With what keeping it costs beside the record.
    var size: Int { record.count + key.bytes.count + 160 }
}

/// The hints of one owner and one partition: the newest version of each key, in the order of the
/// first one that was missed.
struct HintQueue {
    private var hints: [Key: Hint] = [:]
    /// From `start` on, the keys of `hints`.
    private var order: [Key] = []
    private var start = 0
    private(set) var bytes = 0

    var count: Int { hints.count }

    /// When the one that waits longest began.
    var oldest: Instant? { start < order.count ? hints[order[start]]?.began : nil }

    /// Keeps the newer of two.
    mutating func add(_ hint: Hint) {
        guard let known = hints[hint.key] else {
            order.append(hint.key)
            hints[hint.key] = hint
            bytes += hint.size
            return
        }
        guard known.version < hint.version else { return }
        var hint = hint
        hint.began = min(hint.began, known.began)
        hints[hint.key] = hint
        bytes += hint.size - known.size
    }

    mutating func takeFirst() -> Hint? {
        guard start < order.count, let hint = hints.removeValue(forKey: order[start]) else {
            return nil
        }
        start += 1
        bytes -= hint.size
        if start > 64, start * 2 > order.count {
            order.removeFirst(start)
            start = 0
        }
        return hint
    }
}
