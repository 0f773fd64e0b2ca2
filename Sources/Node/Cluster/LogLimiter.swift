import GrepvineDistCore

/// Lets one line about each subject through every ten seconds, and no more than 64 in that time:
/// who floods a node does not flood its log.
struct LogLimiter<Subject: Hashable & Sendable>: Sendable {
    private struct Entry {
        var end: Instant
        var silenced = 0
    }

    private static var capacity: Int { 64 }
    private static var interval: Duration { .seconds(10) }
    /// Only ever looked up by subject.
    private var recent: [Subject: Entry] = [:]

    init() {}

    /// How many lines about the subject were kept back before this one; nil to keep it back, too.
    mutating func admit(_ subject: Subject, now: Instant) -> Int? {
        if let entry = recent[subject], now < entry.end {
            recent[subject]?.silenced += 1
            return nil
        }
        let silenced = recent.removeValue(forKey: subject)?.silenced ?? 0
        if recent.count >= Self.capacity { recent = recent.filter { now < $0.value.end } }
        guard recent.count < Self.capacity else { return nil }
        recent[subject] = Entry(end: now + Self.interval)
        return silenced
    }
}
