package import GrepvineDistCore
import GrepvineGossip
package import GrepvineTransport

/// The gossip keys themselves, and all that is done with them: sealing and opening datagrams, and
/// the letters in which keyrings travel. It decides nothing: which keys there are is the node's
/// business, which knows them by name.
package final class KeyVault {
    private struct Held {
        let key: SecretKey
        let cipher: AuthenticatedCipher

        init(_ key: SecretKey) {
            self.key = key
            cipher = AuthenticatedCipher(key)
        }
    }

    private let cluster: String
    package private(set) var ring: Keyring
    private var held: [KeyID: Held]
    /// Keys out of letters, which the node may decide to hold: the last few.
    private var staged: [SecretKey] = []
    private static let mostStaged = 8
    /// The number of the next sealed thing. It only counts up, so none comes twice under a key
    /// in this life; and it begins at a random place of 2^95, so none comes again in another.
    private var nonce: UInt128

    /// - Parameter nonce: random bits, of which 95 are used.
    package init(cluster: String, _ content: KeyringContent, nonce: UInt128) {
        self.cluster = cluster
        ring = content.ring
        held = Dictionary(uniqueKeysWithValues: content.keys.map { ($0.id, Held($0)) })
        self.nonce = nonce & (1 << 95 - 1)
    }

    private func nextNonce() -> GossipNonce {
        defer { nonce += 1 }
        return GossipNonce(nonce)
    }

    /// The ring with its keys.
    package var content: KeyringContent {
        guard let content = KeyringContent(ring, ring.keys.compactMap { held[$0]?.key }) else {
            preconditionFailure("a ring without its keys")
        }
        return content
    }

    /// Fills in what `GossipEnvelope.seal` left open, under the primary key.
    package func seal(_ datagram: [UInt8]) -> [UInt8] {
        guard let layout = SealedLayout(datagram), let primary = held[ring.primary] else {
            preconditionFailure("\(datagram.count) bytes that cannot be sealed")
        }
        var datagram = datagram
        var blanks = ByteWriter(capacity: 16)
        blanks.write(ring.primary.rawValue)
        blanks.write(raw: nextNonce().bytes)
        datagram.replaceSubrange(layout.keyStart..<layout.bodyStart, with: blanks.bytes)
        primary.cipher.seal(&datagram, clear: layout.bodyStart)
        return datagram
    }

    /// What a datagram that came in means to the node. The name of the key says which to try, so
    /// a flood of forgeries costs one pass each.
    package func event(for datagram: [UInt8], from address: Address) -> Event {
        guard GossipEnvelope.format(of: datagram[...]) == .sealed else {
            return .datagram(datagram, from: address)
        }
        func unopened(_ reason: UnopenedDatagram.Reason) -> Event {
            .unopened(UnopenedDatagram(reason, size: datagram.count), from: address)
        }
        guard let layout = SealedLayout(datagram) else { return unopened(.malformed) }
        guard layout.cluster == cluster else { return unopened(.otherCluster(layout.cluster)) }
        guard let held = held[layout.key] else { return unopened(.unknownKey(layout.key)) }
        var message = datagram
        guard held.cipher.open(&message, clear: layout.bodyStart) else {
            return unopened(.forged(layout.key))
        }
        let body = message[layout.bodyStart..<layout.bodyStart + layout.bodySize]
        return .opened(
            OpenedDatagram(body: body, nonce: layout.nonce, size: datagram.count), from: address)
    }
}

extension KeyVault {
    /// Does what the node wants; the event to hand back, if any.
    package func carryOut(_ effect: KeyringEffect) -> KeyringEvent? {
        switch effect {
        case .openOrder(let letter, let id): return .order(order(in: letter), id)
        case .openOffer(let letter, let peer, let request):
            return .offered(ring(in: letter), from: peer, request: request)
        case .seal(let key, let peer, let request):
            return letter(under: key).map { .sealed($0, to: peer, request: request) }
        case .become(let ring):
            become(ring)
            return nil
        }
    }

    private func order(in letter: [UInt8]) -> KeyringChange? {
        guard let order = open(letter, .change).flatMap(KeyringOrder.init) else { return nil }
        if let key = order.added { stage([key]) }
        return order.change
    }

    private func ring(in letter: [UInt8]) -> Keyring? {
        guard let content = open(letter, .ring).flatMap(KeyringContent.init) else { return nil }
        stage(content.keys)
        return content.ring
    }

    private func open(
        _ letter: [UInt8], _ purpose: KeyringLetter.Purpose
    ) -> ArraySlice<UInt8>? {
        guard let key = KeyringLetter.key(of: letter), let held = held[key] else { return nil }
        return KeyringLetter.open(letter, purpose, cluster: cluster, cipher: held.cipher)
    }

    private func letter(under key: KeyID) -> [UInt8]? {
        guard let held = held[key] else { return nil }
        return KeyringLetter.seal(
            content.encoded, .ring, cluster: cluster, key: held.key, cipher: held.cipher,
            nonce: nextNonce().bytes)
    }

    private func stage(_ keys: [SecretKey]) {
        staged = (staged.filter { !keys.contains($0) } + keys).suffix(Self.mostStaged)
    }

    /// Exactly the keys of the ring are held from now on. A key that is missing would be a ring
    /// that nobody sent: it is not taken.
    private func become(_ new: Keyring) {
        var next: [KeyID: Held] = [:]
        for id in new.keys {
            let known = held[id] ?? staged.last { $0.id == id }.map(Held.init)
            guard let known else { return }
            next[id] = known
        }
        held = next
        ring = new
        staged.removeAll { !new.keys.contains($0.id) }
    }
}
