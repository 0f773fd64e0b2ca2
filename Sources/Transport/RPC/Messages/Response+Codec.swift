package import GrepvineDistCore

/// A response is an array of two: which case, and its one part.
extension Response {
    private enum Shape: UInt8 {
        case entry = 1
        case written = 2
        case hits = 3
        case topology = 4
        case members = 5
        case explanation = 6
        case settings = 7
        case failure = 8
        case keyring = 9
        case repair = 10
        case chaos = 11
    }

    package func encoded() -> [UInt8] {
        var writer = MsgpackWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Appends to what the writer holds: clear it first and keep it, and encoding allocates
    /// nothing.
    package func encode(into writer: inout MsgpackWriter) {
        writer.writeArray(count: 2)
        writer.write(UInt64(shape.rawValue))
        switch self {
        case .entry(nil): writer.writeNil()
        case .entry(let entry?): writer.write(entry)
        case .written(let receipt): writer.write(receipt)
        case .hits(let batch): writer.write(batch)
        case .topology(let topology): writer.write(topology)
        case .members(let members):
            writer.writeArray(count: members.count)
            for member in members { writer.write(member) }
        case .explanation(let explanation): writer.write(explanation)
        case .settings(let settings):
            writer.writeArray(count: settings.count)
            for setting in settings { writer.write(setting) }
        case .keyring(let report): writer.write(report)
        case .repair(let report): writer.write(report)
        case .chaos(let report): writer.write(report)
        case .failure(let failure): writer.write(failure)
        }
    }

    package init(decoding bytes: UnsafeRawBufferPointer) throws(MsgpackError) {
        self = try decodeWhole(bytes) { (reader) throws(MsgpackError) in
            try reader.enterArray(2)
            guard let shape = Shape(rawValue: try reader.readUInt8()) else {
                throw .invalid("a kind of response")
            }
            return try Response(shape, from: &reader)
        }
    }

    private init(_ shape: Shape, from reader: inout MsgpackReader) throws(MsgpackError) {
        switch shape {
        case .entry: self = .entry(try reader.readNilIfPresent() ? nil : try reader.readEntry())
        case .written: self = .written(try reader.readReceipt())
        case .hits: self = .hits(try reader.readGrepBatch())
        case .topology: self = .topology(try reader.readTopology())
        case .members:
            self = .members(
                try reader.readList { (reader) throws(MsgpackError) in
                    try reader.readMemberStatus()
                })
        case .explanation: self = .explanation(try reader.readExplanation())
        case .settings:
            self = .settings(
                try reader.readList { (reader) throws(MsgpackError) in
                    try reader.readSettingValue()
                })
        case .keyring: self = .keyring(try reader.readKeyringReport())
        case .repair: self = .repair(try reader.readRepairReport())
        case .chaos: self = .chaos(try reader.readChaosReport())
        case .failure: self = .failure(try reader.readFailure())
        }
    }

    private var shape: Shape {
        switch self {
        case .entry: .entry
        case .written: .written
        case .hits: .hits
        case .topology: .topology
        case .members: .members
        case .explanation: .explanation
        case .settings: .settings
        case .keyring: .keyring
        case .repair: .repair
        case .chaos: .chaos
        case .failure: .failure
        }
    }
}

extension MsgpackWriter {
    package mutating func write(_ entry: Entry) {
        writeArray(count: 5)
        write(binary: entry.value)
        write(UInt64(entry.contentType.rawValue))
        write(entry.version)
        write(entry.expiry)
        write(entry.mayBeStale)
    }

    package mutating func write(_ receipt: WriteReceipt) {
        writeArray(count: 4)
        write(receipt.version)
        write(count: receipt.acks)
        write(count: receipt.owners)
        write(receipt.existed)
    }
}

extension MsgpackReader {
    package mutating func readEntry() throws(MsgpackError) -> Entry {
        try enterArray(5)
        return Entry(
            value: try readBytes(), contentType: ContentType(rawValue: try readUInt8()),
            version: try readVersion(), expiry: try readOptionalTime(),
            mayBeStale: try readBool())
    }

    package mutating func readReceipt() throws(MsgpackError) -> WriteReceipt {
        try enterArray(4)
        return WriteReceipt(
            version: try readVersion(), acks: try readCount(), owners: try readCount(),
            existed: try readBool())
    }
}
