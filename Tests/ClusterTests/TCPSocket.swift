import Glibc

/// What went wrong in the harness, in words.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A blocking connection to a port of this machine, each step bounded in time.
final class TCPSocket {
    private(set) var descriptor: Int32

    /// - Parameter host: the last number of 127.0.0.1, …
    init(
        port: UInt16, timeout: Duration = .seconds(5), host: UInt32 = 1,
        receiveBuffer: Int32? = nil
    ) throws {
        // Nodes that are started later must not inherit it.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw HarnessError("socket: errno \(errno)") }
        if var size = receiveBuffer {
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var one: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        wait(atMost: timeout)
        var address = LoopbackPort.address(port, host: host)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let code = errno
            close()
            throw HarnessError("connect to port \(port): \(String(cString: strerror(code)))")
        }
    }

    deinit { close() }

    /// How long each following read or write may take.
    func wait(atMost timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(
                descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                throw HarnessError("write: \(String(cString: strerror(errno)))")
            }
            sent += count
        }
    }

    /// Nil once the other side has closed or reset; throws when nothing comes in time.
    func read(atMost limit: Int = 64 << 10) throws -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &chunk, limit, 0)
        if count > 0 { return Array(chunk[..<count]) }
        if count == 0 || errno == ECONNRESET || errno == EPIPE { return nil }
        throw HarnessError("read: \(String(cString: strerror(errno)))")
    }

    /// Everything until the other side closes.
    func readToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try read() { bytes += more }
        return bytes
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// Ports that nobody listens on, below the range that the system gives to outgoing connections.
enum LoopbackPort {
    static func address(_ port: UInt16, host: UInt32 = 1) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (0x7f00_0000 + host).bigEndian
        return address
    }

    /// So many different ports, each free for TCP and UDP.
    static func free(_ count: Int) throws -> [UInt16] {
        var found: Set<UInt16> = []
        for _ in 0..<10_000 where found.count < count {
            let port = UInt16.random(in: 20_000..<32_000)
            if isFree(port, SOCK_STREAM), isFree(port, SOCK_DGRAM) { found.insert(port) }
        }
        guard found.count == count else { throw HarnessError("no \(count) free ports") }
        return Array(found)
    }

    private static func isFree(_ port: UInt16, _ kind: __socket_type) -> Bool {
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        defer { close(descriptor) }
        var address = address(port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }
}

/// One datagram to a port of this machine.
enum Datagram {
    static func send(_ bytes: [UInt8], to port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = LoopbackPort.address(port)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    descriptor, bytes, bytes.count, 0, $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
