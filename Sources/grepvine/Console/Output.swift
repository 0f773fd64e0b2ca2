import Glibc
import GrepvineTransport

/// A buffered stream of bytes to a descriptor, or into memory for tests. One task writes.
///
/// `@unchecked Sendable`: the buffer and the flags are only touched under `lock`.
final class Output: @unchecked Sendable {
    /// Whether a person is likely to be looking.
    let isTerminal: Bool
    private let descriptor: Int32?
    private let lock = Lock()
    private var pending: [UInt8] = []
    private var hasFailed = false

    private static let bufferSize = 64 << 10

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    /// Keeps everything for `written`.
    init(isTerminal: Bool) {
        descriptor = nil
        self.isTerminal = isTerminal
    }

    /// What an output without a descriptor was given.
    var written: [UInt8] { lock.withLock { pending } }

    /// Nobody reads on: the rest need not be made.
    var isClosed: Bool { lock.withLock { hasFailed } }

    func write(_ text: String) { write(bytes: text.utf8) }

    func write(bytes: some Collection<UInt8>) {
        lock.withLock {
            pending.append(contentsOf: bytes)
            if pending.count >= Self.bufferSize { drain() }
        }
    }

    /// False when the reader went away or the device is full: the data is not whole.
    func flush() -> Bool {
        lock.withLock {
            drain()
            return !hasFailed
        }
    }

    private func drain() {
        guard let descriptor else { return }
        var sent = 0
        while sent < pending.count, !hasFailed {
            let count = pending.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + sent, $0.count - sent)
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                waitUntilWritable(descriptor)
            } else if errno != EINTR {
                hasFailed = true
            }
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
    }
}
