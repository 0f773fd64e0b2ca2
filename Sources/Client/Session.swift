public import GrepvineDistCore
import GrepvineTransport

/// Reads that never go back behind what was read or written through the same session, even at ONE
/// (R4): read your writes, for the price of the fastest owner nearly always.
///
/// It remembers the versions that it has seen. An owner that is behind one is passed over for
/// another, and a read fails as `stale` when the owners that have it cannot be heard. Use one for
/// each user or task whose own writes matter to it; it may be used from several tasks at once.
///
///     let session = client.session()
///     try await session.set("cart", "3 apples")
///     let cart = try await session.get("cart")  // never an older cart
public final class Session: @unchecked Sendable {
    // Sendable: `seen` is touched under the lock only.

    private let client: Client
    private let lock = Lock()
    private var seen: SeenVersions

    init(_ client: Client, capacity: Int) {
        self.client = client
        seen = SeenVersions(capacity: capacity)
    }

    /// The value of a key, at ONE; nil when there is none. A key of which too many others were seen
    /// since is read at QUORUM.
    ///
    /// - Throws: as `Client.get`.
    public func get(_ key: Key, timeout: Duration? = nil) async throws(Failure) -> Entry? {
        let floor = lock.withLock { seen.floor(of: key) }
        var level = Consistency.one
        var atLeast: Version?
        switch floor {
        case .none: break
        case .version(let version): atLeast = version
        case .forgotten: level = .quorum
        }
        let entry = try await client.get(
            key, consistency: level, atLeast: atLeast, timeout: timeout)
        if let entry { note(entry.version, of: key) }
        return entry
    }

    /// As `Client.set`.
    @discardableResult
    public func set(
        _ key: Key, _ value: [UInt8], contentType: ContentType = .bytes,
        expiration: Expiration = .never, consistency: Consistency? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        let receipt = try await client.set(
            key, value, contentType: contentType, expiration: expiration,
            consistency: consistency, timeout: timeout)
        note(receipt.version, of: key)
        return receipt
    }

    /// Writes text as UTF-8.
    @discardableResult
    public func set(
        _ key: Key, _ text: String, expiration: Expiration = .never,
        consistency: Consistency? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        try await set(
            key, Array(text.utf8), contentType: .text, expiration: expiration,
            consistency: consistency, timeout: timeout)
    }

    /// As `Client.delete`.
    @discardableResult
    public func delete(
        _ key: Key, consistency: Consistency? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        let receipt = try await client.delete(key, consistency: consistency, timeout: timeout)
        note(receipt.version, of: key)
        return receipt
    }

    private func note(_ version: Version, of key: Key) {
        guard version > .zero else { return }
        lock.withLock { seen.note(version, of: key) }
    }
}

extension Client {
    /// A session, which remembers the versions of up to `capacity` keys.
    public func session(remembering capacity: Int = 10_000) -> Session {
        Session(self, capacity: capacity)
    }
}
