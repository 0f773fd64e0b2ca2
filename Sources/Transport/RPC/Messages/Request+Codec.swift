package import GrepvineDistCore

/// A request is an array: its operation, then its parts in the order of the case, except that
/// the level follows the key.
extension Request {
    fileprivate enum Operation: UInt8 {
        case get = 1
        case set = 2
        case delete = 3
        case expire = 4
        case grep = 5
        case grepNext = 6
        case grepCancel = 7
        case topology = 8
        case members = 9
        case explain = 10
        case settings = 11
        case keyring = 12
        case repair = 13
        case chaos = 14

        /// Elements of the array, the operation included.
        var elements: Int {
            switch self {
            case .get, .delete, .expire: 4
            case .set: 7
            case .grep, .grepNext, .grepCancel, .explain, .keyring, .repair, .chaos: 2
            case .topology, .members, .settings: 1
            }
        }
    }

    package func encoded() -> [UInt8] {
        var writer = MsgpackWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Appends to what the writer holds: clear it first and keep it, and encoding allocates
    /// nothing.
    package func encode(into writer: inout MsgpackWriter) {
        switch self {
        case .get(let key, let level, let atLeast):
            writer.begin(.get, key, level)
            writer.write(atLeast)
        case .delete(let key, let level, let retrying):
            writer.begin(.delete, key, level)
            writer.write(retrying)
        case .set(let key, let value, let contentType, let expiration, let level, let retrying):
            writer.begin(.set, key, level)
            writer.write(binary: value)
            writer.write(UInt64(contentType.rawValue))
            writer.write(expiration)
            writer.write(retrying)
        case .expire(let key, let expiration, let level):
            writer.begin(.expire, key, level)
            writer.write(expiration)
        case .grep(let query):
            writer.begin(.grep)
            writer.write(query)
        case .grepNext(let stream): writer.begin(.grepNext, stream)
        case .grepCancel(let stream): writer.begin(.grepCancel, stream)
        case .explain(let key):
            writer.begin(.explain)
            writer.write(key)
        case .topology: writer.begin(.topology)
        case .members: writer.begin(.members)
        case .settings: writer.begin(.settings)
        case .keyring(let request):
            writer.begin(.keyring)
            writer.write(request)
        case .repair(let request):
            writer.begin(.repair)
            writer.write(request)
        case .chaos(let request):
            writer.begin(.chaos)
            writer.write(request)
        }
    }

    package init(decoding bytes: UnsafeRawBufferPointer) throws(MsgpackError) {
        self = try decodeWhole(bytes) { (reader) throws(MsgpackError) in
            try Request(from: &reader)
        }
    }

    private init(from reader: inout MsgpackReader) throws(MsgpackError) {
        let count = try reader.readArrayCount()
        guard let operation = Operation(rawValue: try reader.readUInt8()) else {
            throw .invalid("an operation")
        }
        guard count == operation.elements else {
            throw .invalid("an array of \(operation.elements)")
        }
        switch operation {
        case .get:
            self = .get(
                try reader.readKey(), try reader.readConsistency(),
                atLeast: try reader.readOptionalVersion())
        case .set: self = try Self.readSet(from: &reader)
        case .delete:
            self = .delete(
                try reader.readKey(), try reader.readConsistency(),
                retrying: try reader.readOptionalVersion())
        case .expire:
            let key = try reader.readKey()
            let level = try reader.readConsistency()
            self = .expire(key, try reader.readExpiration(), level)
        case .grep: self = .grep(try reader.readGrepQuery())
        case .grepNext: self = .grepNext(stream: try reader.readUInt())
        case .grepCancel: self = .grepCancel(stream: try reader.readUInt())
        case .topology: self = .topology
        case .members: self = .members
        case .explain: self = .explain(try reader.readKey())
        case .settings: self = .settings
        case .keyring: self = .keyring(try reader.readKeyringRequest())
        case .repair: self = .repair(try reader.readRepairRequest())
        case .chaos: self = .chaos(try reader.readChaosRequest())
        }
    }

    private static func readSet(from reader: inout MsgpackReader) throws(MsgpackError) -> Request {
        let key = try reader.readKey()
        let level = try reader.readConsistency()
        let value = try reader.readBytes()
        let contentType = ContentType(rawValue: try reader.readUInt8())
        return .set(
            key, value: value, contentType, try reader.readExpiration(), level,
            retrying: try reader.readOptionalVersion())
    }
}

extension MsgpackWriter {
    fileprivate mutating func begin(_ operation: Request.Operation) {
        writeArray(count: operation.elements)
        write(UInt64(operation.rawValue))
    }

    fileprivate mutating func begin(
        _ operation: Request.Operation, _ key: Key, _ level: Consistency?
    ) {
        begin(operation)
        write(key)
        write(level)
    }

    fileprivate mutating func begin(_ operation: Request.Operation, _ stream: UInt64) {
        begin(operation)
        write(stream)
    }
}
