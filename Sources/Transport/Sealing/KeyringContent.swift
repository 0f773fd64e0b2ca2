package import GrepvineDistCore

/// A change with the key that it adds: what an operator's tool seals into a letter.
package struct KeyringOrder: Hashable, Sendable {
    package var change: KeyringChange
    /// The key itself when the change adds one.
    package var added: SecretKey?

    package init(_ change: KeyringChange, adding key: SecretKey? = nil) {
        self.change = change
        added = key
    }

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 64)
        switch change.operation {
        case .add: writer.write(UInt8(1))
        case .use: writer.write(UInt8(2))
        case .remove: writer.write(UInt8(3))
        }
        writer.write(UInt8(change.isForced ? 1 : 0))
        writer.write(change.base.number)
        writer.write(change.base.tag)
        switch change.operation {
        case .add(let id), .use(let id), .remove(let id): writer.write(id.rawValue)
        }
        writer.write(raw: added?.bytes ?? [])
        return writer.bytes
    }

    package init?(_ content: ArraySlice<UInt8>) {
        var reader = ByteReader(content)
        guard let kind = reader.readUInt8(), let force = reader.readUInt8(), force <= 1,
            let number = reader.readUInt64(), let tag = reader.readUInt64(),
            let name = reader.readUInt32(), let rest = reader.read(count: reader.remaining)
        else { return nil }
        let id = KeyID(rawValue: name)
        let operation: KeyringChange.Operation
        switch (kind, rest.isEmpty) {
        case (1, false):
            guard let key = SecretKey(rest), key.id == id else { return nil }
            added = key
            operation = .add(id)
        case (2, true): operation = .use(id)
        case (3, true): operation = .remove(id)
        default: return nil
        }
        change = KeyringChange(
            operation, base: Keyring.Version(number: number, tag: tag), isForced: force == 1)
    }
}

/// A ring with its keys: what nodes send one another, and what they keep on disk.
package struct KeyringContent: Hashable, Sendable {
    package let ring: Keyring
    /// In the order of the ring.
    package let keys: [SecretKey]

    /// Nil unless these are exactly the ring's keys.
    package init?(_ ring: Keyring, _ keys: [SecretKey]) {
        guard ring.keys == keys.map(\.id) else { return nil }
        self.ring = ring
        self.keys = keys
    }

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 128)
        writer.write(ring.version.number)
        writer.write(ring.primary.rawValue)
        for key in keys { writer.write(raw: key.bytes) }
        return writer.bytes
    }

    package init?(_ content: ArraySlice<UInt8>) {
        var reader = ByteReader(content)
        guard let number = reader.readUInt64(), let primary = reader.readUInt32(),
            reader.remaining <= Keyring.capacity * SecretKey.size
        else { return nil }
        var keys: [SecretKey] = []
        while reader.remaining > 0 {
            guard let bytes = reader.read(count: SecretKey.size), let key = SecretKey(bytes) else {
                return nil
            }
            keys.append(key)
        }
        let name = KeyID(rawValue: primary)
        guard let ring = Keyring(number: number, keys: keys.map(\.id), primary: name) else {
            return nil
        }
        self.init(ring, keys)
    }
}
