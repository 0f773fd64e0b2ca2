import COpenSSL
import GrepvineDistCore
import GrepvineTransport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// How hard a node works to have its files on the disk.
public enum FsyncPolicy: String, Sendable, CaseIterable {
    /// Before anything that depends on it is sent.
    case always
    /// As `always` for the state of the node, which changes rarely.
    case batch
    /// Left to the system.
    case off
}

/// A problem with the data directory that a person must solve.
public struct StateError: Error, CustomStringConvertible, Sendable {
    public let description: String
}

/// What a node remembers of itself, in one small file of its data directory: written under a
/// temporary name, renamed, and the directory synced. Locked, so that no two processes are one
/// node.
final class StateFile {
    private let directory: String
    private let fsync: FsyncPolicy
    private let lock: Int32
    private(set) var writes: UInt64 = 0
    private(set) var syncs: UInt64 = 0

    private static let magic = Array("GRVSTAT1".utf8)
    private static let longest = 4 << 20

    init(directory: String, fsync: FsyncPolicy) throws(StateError) {
        self.directory = directory
        self.fsync = fsync
        if mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw StateError.system("create", directory)
        }
        lock = open("\(directory)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw StateError.system("open", "\(directory)/lock") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw StateError(
                description: "\(directory) is in use by another process; a data directory belongs"
                    + " to one node")
        }
    }

    deinit { close(lock) }

    /// Nil when the directory is new. A file that is there but not whole is an error: guessing
    /// could give two nodes one identity.
    func read() throws(StateError) -> PersistentState? {
        let path = "\(directory)/state"
        guard let bytes = try DurableFile.read(path, atMost: Self.longest) else { return nil }
        guard let state = Self.decode(bytes) else { throw StateError.damaged(path) }
        return state
    }

    func write(_ state: PersistentState) throws(StateError) {
        syncs += try DurableFile.replace(
            directory, "state", with: Self.encode(state), mode: 0o644, isSynced: fsync != .off)
        writes += 1
    }

    /// Magic, SHA-256 of the rest, id, boot epoch, and the topology as the wire has it.
    static func encode(_ state: PersistentState) -> [UInt8] {
        var body = ByteWriter(capacity: 8192)
        body.write(state.id.high)
        body.write(state.id.low)
        body.write(state.bootEpoch)
        if let topology = state.topology {
            body.write(raw: Response.topology(topology).encoded())
        }
        return magic + SHA256.digest(body.bytes) + body.bytes
    }

    static func decode(_ bytes: [UInt8]) -> PersistentState? {
        guard bytes.count >= magic.count + 32 + 24, bytes.starts(with: magic) else { return nil }
        let body = Array(bytes[(magic.count + 32)...])
        guard bytes[magic.count..<magic.count + 32].elementsEqual(SHA256.digest(body)) else {
            return nil
        }
        var reader = ByteReader(body)
        guard let high = reader.readUInt64(), let low = reader.readUInt64(),
            let bootEpoch = reader.readUInt64()
        else { return nil }
        var state = PersistentState(id: NodeID(high: high, low: low), bootEpoch: bootEpoch)
        guard reader.remaining > 0 else { return state }
        let response = body[24...].withUnsafeBytes { try? Response(decoding: $0) }
        guard case .topology(let topology)? = response else { return nil }
        state.topology = topology
        return state
    }
}

/// The hash behind node ids and the state file.
enum SHA256 {
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let code = bytes.withUnsafeBytes { grepvine_sha256($0.baseAddress, $0.count, &digest) }
        precondition(code == 1, "SHA-256 is not available")
        return digest
    }
}

extension NodeID {
    /// The id of a node without a data directory: the same after every start (S1).
    static func derived(cluster: String, name: String) -> NodeID {
        let digest = SHA256.digest(Array(cluster.utf8) + [0] + Array(name.utf8))
        return NodeID(high: word(digest, 0), low: word(digest, 8))
    }

    /// The id of a new node with a data directory.
    static func random() -> NodeID {
        var bytes = [UInt8](repeating: 0, count: 16)
        let code = RAND_bytes(&bytes, 16)
        precondition(code == 1, "no randomness from the system")
        return NodeID(high: word(bytes, 0), low: word(bytes, 8))
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
