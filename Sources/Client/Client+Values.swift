public import GrepvineDistCore
import GrepvineTransport

/// Keys and values. Each call takes a consistency (nil: the configuration's, or else the node's
/// own default) and a timeout (nil: the configuration's).
extension Client {
    /// The value of a key; nil when there is none, or when it has expired.
    ///
    /// - Parameter atLeast: a version of the key that was seen, or that a receipt named: nothing
    ///   older is answered, whatever the level (R4). `session()` keeps track of them.
    /// - Throws: `unavailable` when fewer owners are alive than the level needs, `unreachable` when
    ///   no node is, `stale` when no owner that answers has `atLeast`, `timedOut`, or another
    ///   failure whose message says what to do.
    public func get(
        _ key: Key, consistency: Consistency? = nil, atLeast: Version? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> Entry? {
        try check(key)
        let request = Request.get(
            key, consistency ?? configuration.readConsistency, atLeast: atLeast)
        let response = try await perform(request, to: .owner(Partition(of: key)), timeout: timeout)
        guard case .entry(let entry) = response else { throw Self.mismatch }
        return entry
    }

    /// Writes a value, whatever was there before.
    ///
    /// - Parameters:
    ///   - value: up to the node's `max-value-size`.
    ///   - contentType: how people and tools may read the bytes; nodes do not interpret them.
    ///   - expiration: `.never`, `.keep` as it was, `.at` a time, or `.after` a duration.
    ///   - retrying: the `version` of a failure of the same write, to write it once whatever
    ///     happened before: with the same value and expiration, and never over something newer.
    ///     That fails as `conflict`.
    /// - Throws: a failure whose `isDefinite` is false when the write may have happened (W4); its
    ///   `version`, when there is one, says what to retry.
    @discardableResult
    public func set(
        _ key: Key, _ value: [UInt8], contentType: ContentType = .bytes,
        expiration: Expiration = .never, consistency: Consistency? = nil,
        retrying version: Version? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try check(key)
        let level = consistency ?? configuration.writeConsistency
        return try await write(
            .set(key, value: value, contentType, expiration, level, retrying: version), key,
            timeout)
    }

    /// Writes text as UTF-8.
    @discardableResult
    public func set(
        _ key: Key, _ text: String, expiration: Expiration = .never,
        consistency: Consistency? = nil, retrying version: Version? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try await set(
            key, Array(text.utf8), contentType: .text, expiration: expiration,
            consistency: consistency, retrying: version, timeout: timeout)
    }

    /// Deletes a key. The receipt's `existed` says whether there was a value. `retrying` is as for
    /// `set`.
    @discardableResult
    public func delete(
        _ key: Key, consistency: Consistency? = nil, retrying version: Version? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try check(key)
        let level = consistency ?? configuration.writeConsistency
        return try await write(.delete(key, level, retrying: version), key, timeout)
    }

    /// Lets a value expire some time from now, by this machine's clock. The receipt's `existed`
    /// says whether there was a value.
    @discardableResult
    public func expire(
        _ key: Key, after time: Duration, consistency: Consistency? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try await change(key, .after(time), consistency, timeout)
    }

    /// Lets a value expire at a time.
    @discardableResult
    public func expire(
        _ key: Key, at time: WallTime, consistency: Consistency? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try await change(key, .at(time), consistency, timeout)
    }

    /// Lets a value stay until it is deleted.
    @discardableResult
    public func persist(
        _ key: Key, consistency: Consistency? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try await change(key, .never, consistency, timeout)
    }

    /// How long a value will stay, by this machine's clock.
    public func ttl(
        _ key: Key, consistency: Consistency? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> TimeToLive {
        guard let entry = try await get(key, consistency: consistency, timeout: timeout)
        else { return .absent }
        guard let expiry = entry.expiry else { return .unlimited }
        return .remaining(max(.zero, expiry - SystemClock.wall()))
    }

    private func change(
        _ key: Key, _ expiration: Expiration, _ consistency: Consistency?, _ timeout: Duration?
    ) async throws(Failure) -> WriteReceipt {
        try check(key)
        let level = consistency ?? configuration.writeConsistency
        return try await write(.expire(key, expiration, level), key, timeout)
    }

    private func write(
        _ request: Request, _ key: Key, _ timeout: Duration?
    ) async throws(Failure) -> WriteReceipt {
        let response = try await perform(request, to: .owner(Partition(of: key)), timeout: timeout)
        guard case .written(let receipt) = response else { throw Self.mismatch.indefinite }
        return receipt
    }

    func check(_ key: Key) throws(Failure) {
        if key.bytes.isEmpty { throw Failure(.badRequest, "the key is empty; nothing was sent") }
        if key.bytes.count > Key.longest {
            throw Failure(
                .tooLarge,
                "the key is \(key.bytes.count) bytes, the limit is \(Key.longest); nothing was sent"
            )
        }
    }

    static let mismatch = Failure(
        .badResponse, "the node answered another question than the one it was asked")
}

/// How long a value will stay.
public enum TimeToLive: Hashable, Sendable {
    /// There is no value.
    case absent
    /// It does not expire.
    case unlimited
    case remaining(Duration)
}

extension Expiration {
    /// Some time from now, by this machine's clock.
    public static func after(_ time: Duration) -> Expiration { .at(SystemClock.wall() + time) }
}

extension Entry {
    /// The value as UTF-8; nil when it is not.
    public var text: String? { String(validating: value, as: UTF8.self) }
}
