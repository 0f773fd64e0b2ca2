import COpenSSL
import GrepvineDistCore
import GrepvineGossip
import GrepvineTransport

/// Datagrams between the socket and the node, with their seals.
extension Server {
    func takeDatagrams() {
        for _ in 0..<8 {
            var inbound: [([UInt8], Address)] = []
            let count = (try? datagrams.receive { inbound.append((Array($0), $1.address)) }) ?? 0
            for (bytes, address) in inbound {
                let way = HeldTraffic.Way.arrivedDatagram(from: address)
                for _ in 0..<screen(datagram: bytes, address, .incoming, on: way) {
                    receive(datagram: bytes, from: address)
                }
            }
            if count == 0 { return }
        }
    }

    func receive(datagram bytes: [UInt8], from address: Address) {
        let event = vault?.event(for: bytes, from: address)
        node.handle(event ?? .datagram(bytes, from: address), at: now)
    }

    func sendDatagram(_ bytes: [UInt8], to address: Address) {
        var bytes = bytes
        if GossipEnvelope.format(of: bytes[...]) == .sealed {
            guard let vault else { preconditionFailure("something to seal and no key") }
            bytes = vault.seal(bytes)
        }
        if let known = gossipAddresses[address] ?? SocketAddress(address) {
            if gossipAddresses.count > 8192 { gossipAddresses = [:] }
            gossipAddresses[address] = known
            send(datagram: bytes, to: known, address)
        } else if let found = try? Resolver.resolve(address).first {
            gossipAddresses[address] = found
            send(datagram: bytes, to: found, address)
        }
    }

    private func send(datagram bytes: [UInt8], to target: SocketAddress, _ address: Address) {
        for _ in 0..<screen(datagram: bytes, address, .outgoing, on: .datagram(to: target)) {
            datagrams.send(bytes, to: target)
        }
    }

    func carryOut(_ effect: KeyringEffect) {
        guard let vault else { return }
        let before = vault.ring
        if let event = vault.carryOut(effect) { node.handle(.keyring(event), at: now) }
        guard vault.ring != before, let keyringFile else { return }
        do throws(StateError) {
            try keyringFile.write(vault.content)
        } catch {
            note(LogEvent(.error, "keyring-not-written", ["reason": .text("\(error)")]))
        }
    }

    func noteKeys(_ ring: Keyring, isFromFile: Bool) {
        let given = configuration.gossipKeys.map(\.id)
        note(
            LogEvent(
                .info, "gossip-keys",
                [
                    "encryption": .text(configuration.node.gossipEncryption.rawValue),
                    "version": .count(ring.version.number), "primary": .of(ring.primary),
                    "keys": .text(ring.keys.map(\.description).joined(separator: " ")),
                    "from": .text(isFromFile ? keyringFile?.path ?? "" : "configuration"),
                ]))
        guard isFromFile, let given = given.first(where: { !ring.keys.contains($0) }) else {
            return
        }
        note(
            LogEvent(
                .warning, "gossip-key-ignored",
                [
                    "key": .of(given),
                    "reason": .text(
                        "the keyring in \(keyringFile?.path ?? "") is newer than the configuration;"
                            + " remove that file to start with the configured key"),
                ]))
    }

    /// The keys on disk, which outlive those of the configuration; nil without encryption.
    static func vault(
        _ configuration: ServerConfiguration, _ file: KeyringFile?
    ) throws(StateError) -> (vault: KeyVault, isFromFile: Bool)? {
        guard configuration.gossipEncryption != .off else { return nil }
        if let kept = try file?.read() {
            return (make(configuration, kept), true)
        }
        if configuration.gossipEncryption == nil, configuration.gossipKeys.isEmpty { return nil }
        let content = try configured(configuration.gossipKeys)
        try file?.write(content)
        return (make(configuration, content), false)
    }

    private static func make(
        _ configuration: ServerConfiguration, _ content: KeyringContent
    ) -> KeyVault {
        KeyVault(cluster: configuration.node.cluster, content, nonce: randomNonce())
    }

    /// The keys of the configuration are version 0: any change that was ever made is newer.
    private static func configured(_ keys: [SecretKey]) throws(StateError) -> KeyringContent {
        guard let first = keys.first,
            let ring = Keyring(number: 0, keys: keys.map(\.id), primary: first.id),
            let content = KeyringContent(ring, keys)
        else {
            throw StateError(
                description: "gossip encryption needs one to \(Keyring.capacity) different keys"
                    + " and there are \(keys.count)")
        }
        return content
    }

    private static func randomNonce() -> UInt128 {
        var bytes = [UInt8](repeating: 0, count: 16)
        precondition(RAND_bytes(&bytes, 16) == 1, "no randomness from the system")
        return bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}
