/// What a version of a key is. Absence is not a kind: it never beats anything.
public enum RecordKind: UInt8, Sendable {
    case value = 1
    case tombstone = 2
}

/// How people and tools may read the bytes of a value. Nodes never interpret them.
public struct ContentType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bytes = ContentType(rawValue: 0)
    public static let text = ContentType(rawValue: 1)
    public static let json = ContentType(rawValue: 2)
}

/// One version of one key: the only thing that nodes store, send and merge.
public struct Record: Hashable, Sendable {
    public var key: Key
    public var version: Version
    public var kind: RecordKind
    /// Past this time the record is a tombstone of the same version.
    public var expiry: WallTime?
    public var contentType: ContentType
    /// Empty for a tombstone.
    public var value: [UInt8]

    public init(
        key: Key, version: Version, kind: RecordKind = .value, expiry: WallTime? = nil,
        contentType: ContentType = .bytes, value: [UInt8] = []
    ) {
        self.key = key
        self.version = version
        self.kind = kind
        self.expiry = expiry
        self.contentType = contentType
        self.value = value
    }

    public static func tombstone(_ key: Key, _ version: Version) -> Record {
        Record(key: key, version: version, kind: .tombstone)
    }

    public func isExpired(at time: WallTime) -> Bool {
        if let expiry { expiry <= time } else { false }
    }

    /// A value that readers may see at `time`.
    public func isLive(at time: WallTime) -> Bool { kind == .value && !isExpired(at: time) }
}

/// Where the parts of a record lie when it is bytes: in a memory segment, in a log file, on the
/// wire. Little-endian; the key follows the header, then the value, a newline, and zeroes up to a
/// multiple of eight.
public enum RecordLayout {
    /// CRC32C of everything after itself up to the newline; filled in by the log, 0 elsewhere.
    public static let checksum = 0
    public static let valueLength = 4
    public static let keyLength = 8
    public static let kind = 10
    public static let contentType = 11
    public static let partition = 12
    /// Two bytes at 14 are zero.
    public static let clock = 16
    public static let origin = 24
    /// Milliseconds since 1970, 0 for a record that does not expire.
    public static let expiry = 32
    public static let header = 40

    public static func size(keyLength: Int, valueLength: Int) -> Int {
        (header + keyLength + valueLength + 1 + 7) & ~7
    }
}
