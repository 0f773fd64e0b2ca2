import Foundation
import Glibc

/// Just enough of a Redis server for the load generator: GET and SET, one thread per connection.
///
/// `@unchecked Sendable`: what threads share is behind `lock`.
final class TinyRedis: @unchecked Sendable {
    enum Lie: Sendable {
        /// Reads find nothing.
        case forgets
        /// Reads find a value of the right length that is not the key's.
        case swaps
        /// Reads are errors.
        case refusesReads
    }

    let port: UInt16
    private let listener: Int32
    private let lie: Lie?
    private let lock = NSLock()
    private var values: [[UInt8]: [UInt8]] = [:]

    init(_ lie: Lie? = nil) throws {
        self.lie = lie
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) + listen(listener, 64) + getsockname(listener, $0, &size)
            }
        }
        guard listener >= 0, status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let peer = accept(listener, nil, nil), peer >= 0 {
                Thread.detachNewThread { self.serve(peer) }
            }
        }
    }

    /// Closes the port; connections end when their clients do.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ peer: Int32) {
        defer { close(peer) }
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(peer, &chunk, chunk.count), count > 0 {
            pending += chunk[..<count]
            var replies: [UInt8] = []
            while let words = Self.command(&pending) { replies += answer(words) }
            var sent = 0
            while sent < replies.count {
                let count = replies.withUnsafeBytes {
                    send(
                        peer, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    private func answer(_ words: [[UInt8]]) -> [UInt8] {
        lock.lock()
        defer { lock.unlock() }
        if words.count == 3 {
            values[words[1]] = words[2]
            return Array("+OK\r\n".utf8)
        }
        guard let value = values[words[1]], lie != .forgets else { return Array("$-1\r\n".utf8) }
        if lie == .refusesReads { return Array("-ERR not today\r\n".utf8) }
        let shown = lie == .swaps ? Array(value.reversed()) : value
        return Array("$\(value.count)\r\n".utf8) + shown + Array("\r\n".utf8)
    }

    /// Takes one whole command off the front.
    private static func command(_ bytes: inout [UInt8]) -> [[UInt8]]? {
        var rest = bytes[...]
        func line() -> Int? {
            guard let end = rest.firstIndex(of: 0x0a) else { return nil }
            let number = Int(String(decoding: rest[rest.startIndex + 1..<end - 1], as: UTF8.self))
            rest = rest[(end + 1)...]
            return number
        }
        guard let count = line() else { return nil }
        var words: [[UInt8]] = []
        for _ in 0..<count {
            guard let length = line(), rest.count >= length + 2 else { return nil }
            words.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length + 2)
        }
        bytes = Array(rest)
        return words
    }
}
