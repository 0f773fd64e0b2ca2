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
    private var order: [Key] = []
    private var start = 0
    private(set) var bytes = 0

    var count: Int { hints.count }
    var isEmpty: Bool { hints.isEmpty }

    /// When the oldest began.
    var oldest: Instant? {
        order[start...].first { hints[$0] != nil }.flatMap { hints[$0]?.began }
    }

    /// Keeps the newer of two. False when this one is the older.
    mutating func add(_ hint: Hint) -> Bool {
        guard let known = hints[hint.key] else {
            order.append(hint.key)
            hints[hint.key] = hint
            bytes += hint.size
            return true
        }
        guard known.version < hint.version else { return false }
        var hint = hint
        hint.began = min(hint.began, known.began)
        hints[hint.key] = hint
        bytes += hint.size - known.size
        return true
    }

    mutating func takeFirst() -> Hint? {
        while start < order.count {
            let key = order[start]
            start += 1
            guard let hint = hints.removeValue(forKey: key) else { continue }
            bytes -= hint.size
            if start > 64, start * 2 > order.count {
                order.removeFirst(start)
                start = 0
            }
            return hint
        }
        return nil
    }
}
