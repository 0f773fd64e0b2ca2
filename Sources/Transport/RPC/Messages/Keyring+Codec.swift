package import GrepvineDistCore

/// A request is nil for a list, or the letter with the change. A ring is its number, its primary
/// and its keys.
extension MsgpackWriter {
    package mutating func write(_ request: KeyringRequest) {
        switch request {
        case .list: writeNil()
        case .change(let letter): write(binary: letter)
        }
    }

    package mutating func write(_ report: KeyringReport) {
        writeArray(count: 2)
        write(report.ring)
        writeArray(count: report.nodes.count)
        for node in report.nodes {
            writeArray(count: 4)
            write(node.id)
            write(node.name)
            write(node.standing.rawValue)
            if let ring = node.ring { write(ring) } else { writeNil() }
        }
    }

    private mutating func write(_ ring: Keyring) {
        writeArray(count: 3)
        write(ring.version.number)
        write(UInt64(ring.primary.rawValue))
        writeArray(count: ring.keys.count)
        for key in ring.keys { write(UInt64(key.rawValue)) }
    }
}

extension MsgpackReader {
    package mutating func readKeyringRequest() throws(MsgpackError) -> KeyringRequest {
        if try readNilIfPresent() { return .list }
        let letter = try readBytes()
        guard letter.count <= KeyringLetter.longest else {
            throw .invalid("a letter of at most \(KeyringLetter.longest) bytes")
        }
        return .change(letter)
    }

    package mutating func readKeyringReport() throws(MsgpackError) -> KeyringReport {
        try enterArray(2)
        return KeyringReport(
            ring: try readKeyring(),
            nodes: try readList { (reader) throws(MsgpackError) in try reader.readKeyringNode() })
    }

    private mutating func readKeyringNode() throws(MsgpackError) -> KeyringReport.Node {
        try enterArray(4)
        let id = try readNodeID()
        let name = try readString()
        guard let standing = KeyringReport.Standing(rawValue: try readString()) else {
            throw .invalid("how a node's keyring stands")
        }
        return KeyringReport.Node(
            id: id, name: name, standing: standing,
            ring: try readNilIfPresent() ? nil : try readKeyring())
    }

    private mutating func readKeyring() throws(MsgpackError) -> Keyring {
        try enterArray(3)
        let number = try readUInt()
        let primary = try readKeyID()
        let keys = try readList { (reader) throws(MsgpackError) in try reader.readKeyID() }
        guard let ring = Keyring(number: number, keys: keys, primary: primary) else {
            throw .invalid("a keyring")
        }
        return ring
    }

    private mutating func readKeyID() throws(MsgpackError) -> KeyID {
        guard let number = UInt32(exactly: try readUInt()) else {
            throw .invalid("the name of a key")
        }
        return KeyID(rawValue: number)
    }
}
