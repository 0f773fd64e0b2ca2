import GrepvineDistCore

/// `keyringState`: which keys the sender holds. Names only.
struct KeyringStateMessage: Hashable {
    /// Nil for a node without keys.
    var ring: Keyring?
    /// Tell me yours.
    var wantsReply = false
    /// This follows an offer: another one would change nothing.
    var isFinal = false

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 32)
        body.write(UInt8((wantsReply ? 1 : 0) | (isFinal ? 2 : 0)))
        guard let ring else { return body.bytes }
        body.write(ring.version.number)
        body.write(ring.primary.rawValue)
        for key in ring.keys { body.write(key.rawValue) }
        return body.bytes
    }

    init(_ ring: Keyring?, wantsReply: Bool = false, isFinal: Bool = false) {
        self.ring = ring
        self.wantsReply = wantsReply
        self.isFinal = isFinal
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        guard body.count <= 13 + Keyring.capacity * 4 else { return nil }
        var reader = ByteReader(Array(body))
        guard let flags = reader.readUInt8(), flags <= 3 else { return nil }
        wantsReply = flags & 1 != 0
        isFinal = flags & 2 != 0
        guard reader.remaining > 0 else { return }
        guard let number = reader.readUInt64(), let primary = reader.readUInt32() else {
            return nil
        }
        var keys: [KeyID] = []
        while reader.remaining > 0 {
            guard let key = reader.readUInt32() else { return nil }
            keys.append(KeyID(rawValue: key))
        }
        ring = Keyring(number: number, keys: keys, primary: KeyID(rawValue: primary))
        guard ring != nil else { return nil }
    }
}
