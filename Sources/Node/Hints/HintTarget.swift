import GrepvineDistCore

/// What is kept for one owner, and how far its replay is (H1, H2).
struct HintTarget {
    struct Sent {
        let hint: Hint
        let deadline: Instant
    }

    struct Counts {
        var queued: UInt64 = 0
        /// Taken by the owner, or not needed by it any more.
        var replayed: UInt64 = 0
        var expired: UInt64 = 0
        var dropped: UInt64 = 0
    }

    private var queues = [HintQueue](repeating: HintQueue(), count: Partition.count)
    /// By the number of the write frame that waits for its answer.
    private(set) var sent: [UInt64: Sent] = [:]
    private var sentBytes = 0
    private var queuedBytes = 0
    private(set) var waiting = 0
    /// Where the replay goes on, one partition after the other.
    private var next = 0
    /// Partitions whose hints had no room. More of them help nobody: all of it is compared once the
    /// owner is back.
    private var full = PartitionSet()
    /// Nothing is sent before.
    private(set) var resumes = Instant.start
    private var pause = HintSettings.shortestPause
    var counts = Counts()

    var count: Int { waiting + sent.count }
    var bytes: Int { queuedBytes + sentBytes }

    /// False when its partition has to be compared anyway.
    mutating func add(_ hint: Hint) -> Bool {
        guard !full.contains(hint.partition) else {
            counts.dropped += 1
            return false
        }
        counts.queued += 1
        put(hint)
        return true
    }

    private mutating func put(_ hint: Hint) {
        let index = Int(hint.partition.number)
        let (count, bytes) = (queues[index].count, queues[index].bytes)
        queues[index].add(hint)
        waiting += queues[index].count - count
        queuedBytes += queues[index].bytes - bytes
    }

    /// The owner is there: what it missed for want of room is compared from now on.
    mutating func welcome() {
        full = PartitionSet()
        resumes = .start
        pause = HintSettings.shortestPause
    }

    /// The partition with the most bytes.
    var largest: (partition: Partition, bytes: Int)? {
        var best: (partition: Partition, bytes: Int)?
        for (index, queue) in queues.enumerated() {
            guard queue.bytes > best?.bytes ?? 0 else { continue }
            best = (Partition(number: UInt16(index)), queue.bytes)
        }
        return best
    }

    /// Forgets the hints of a partition that has to be compared instead.
    mutating func drop(_ partition: Partition) {
        counts.dropped += UInt64(forget(partition))
        full.insert(partition)
    }

    private mutating func forget(_ partition: Partition) -> Int {
        let queue = queues[Int(partition.number)]
        queues[Int(partition.number)] = HintQueue()
        waiting -= queue.count
        queuedBytes -= queue.bytes
        return queue.count
    }

    /// Partitions with a hint that began before; their hints are forgotten.
    mutating func expire(before time: Instant) -> [Partition] {
        var expired: [Partition] = []
        for (index, queue) in queues.enumerated() {
            guard let oldest = queue.oldest, oldest < time else { continue }
            let partition = Partition(number: UInt16(index))
            counts.expired += UInt64(forget(partition))
            expired.append(partition)
        }
        return expired
    }

    /// The next one to send; nil while the owner has enough to answer or is left in peace.
    mutating func takeNext(now: Instant) -> Hint? {
        guard waiting > 0, resumes <= now, sent.count < HintSettings.replayCount,
            sentBytes < HintSettings.replayBytes
        else { return nil }
        for step in queues.indices {
            let index = (next + step) % queues.count
            guard let hint = queues[index].takeFirst() else { continue }
            waiting -= 1
            queuedBytes -= hint.size
            // One partition after the other.
            next = index
            return hint
        }
        return nil
    }

    mutating func sending(_ hint: Hint, _ number: UInt64, deadline: Instant) {
        sent[number] = Sent(hint: hint, deadline: deadline)
        sentBytes += hint.size
    }

    /// The owner has it, or something newer, or is no owner.
    mutating func finish(_ number: UInt64) {
        guard let sent = sent.removeValue(forKey: number) else { return }
        sentBytes -= sent.hint.size
        counts.replayed += 1
        pause = HintSettings.shortestPause
    }

    /// It was not taken: again later.
    mutating func putBack(_ number: UInt64) {
        guard let sent = sent.removeValue(forKey: number) else { return }
        sentBytes -= sent.hint.size
        put(sent.hint)
    }

    /// Ascending.
    func overdue(at now: Instant) -> [UInt64] {
        sent.filter { $0.value.deadline <= now }.keys.sorted()
    }

    mutating func backOff(now: Instant) {
        guard resumes <= now else { return }
        resumes = now + pause
        pause = min(pause * 2, HintSettings.longestPause)
    }
}
