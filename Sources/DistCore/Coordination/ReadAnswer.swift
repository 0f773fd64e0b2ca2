/// What one owner knows of a key.
package struct ReadAnswer: Hashable, Sendable {
    /// Four kinds of nothing and one of something: they are never mixed up (section 5).
    package enum State: UInt8, Sendable {
        /// Never heard of it: beats nothing.
        case absent = 0
        case value = 1
        /// A value past its expiry, which counts as a tombstone of the same version.
        case expired = 2
        case tombstone = 3
        /// What there was up to this version may have been let go of for room: beats what is not
        /// newer, for that may be stale, and deletes nothing (E1).
        case evicted = 4
    }

    /// `.zero` when absent.
    package var version: Version
    package var state: State
    /// The record whole, when it was asked for and there is one.
    package var record: Record?
    /// The owner came back with less than it acknowledged and is not in sync yet (R5).
    package var isRecovering: Bool

    package init(
        version: Version, state: State, record: Record? = nil, isRecovering: Bool = false
    ) {
        self.version = version
        self.state = state
        self.record = record
        self.isRecovering = isRecovering
    }

    package static func absent(isRecovering: Bool = false) -> ReadAnswer {
        ReadAnswer(version: .zero, state: .absent, isRecovering: isRecovering)
    }

    package static func evicted(
        upTo clock: HybridClock, isRecovering: Bool = false
    ) -> ReadAnswer {
        ReadAnswer(
            version: Version(clock: clock, origin: .max), state: .evicted,
            isRecovering: isRecovering)
    }

    /// The answer of an owner that stores `record`.
    package init(
        _ record: Record, at time: WallTime, withValue: Bool = true, isRecovering: Bool = false
    ) {
        let state: State =
            record.kind == .tombstone ? .tombstone : record.isExpired(at: time) ? .expired : .value
        self.init(
            version: record.version, state: state, record: withValue ? record : nil,
            isRecovering: isRecovering)
    }

    /// Nothing is left to fetch: the record is here, or its version says it all.
    package var isWhole: Bool { record != nil || state == .tombstone || !isRecord }

    /// There is something to bring to owners that are behind.
    var isRecord: Bool { state != .absent && state != .evicted }

    /// What to merge into an owner that is behind; nil when the value was not fetched.
    package func record(of key: Key) -> Record? {
        record ?? (state == .tombstone ? .tombstone(key, version) : nil)
    }
}
