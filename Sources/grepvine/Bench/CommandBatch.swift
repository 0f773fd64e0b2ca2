/// What one command does.
enum BenchOperation: String, Sendable {
    case get
    case set
}

/// Room for a pipeline of equal commands in the Redis protocol, encoded once: between two batches
/// only the keys are written over. A value begins with its key, so that a reply can be checked.
final class CommandBatch {
    let operation: BenchOperation
    let capacity: Int
    private let size: Int
    private let keyOffset: Int
    private let valueOffset: Int?
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ operation: BenchOperation, capacity: Int, valueSize: Int) {
        self.operation = operation
        self.capacity = capacity
        let key = "$\(BenchKey.length)\r\n"
        let head = operation == .get ? "*2\r\n$3\r\nGET\r\n\(key)" : "*3\r\n$3\r\nSET\r\n\(key)"
        var command = Array(head.utf8)
        keyOffset = command.count
        command += Array(repeating: UInt8(ascii: "0"), count: BenchKey.length) + Array("\r\n".utf8)
        if operation == .set {
            command += Array("$\(valueSize)\r\n".utf8)
            valueOffset = valueSize >= BenchKey.length ? command.count : nil
            command += Array(repeating: UInt8(ascii: "v"), count: valueSize) + Array("\r\n".utf8)
        } else {
            valueOffset = nil
        }
        size = command.count
        bytes = .allocate(byteCount: command.count * capacity, alignment: 16)
        for slot in 0..<capacity {
            bytes[slot * size..<(slot + 1) * size].copyBytes(from: command)
        }
    }

    deinit { bytes.deallocate() }

    /// The first `count` commands, for the next keys of the sequence. The bytes are this batch's
    /// own: they live as long as it does and change with the next fill.
    func fill(_ count: Int, from keys: inout KeySequence) -> UnsafeRawBufferPointer {
        precondition(count <= capacity, "\(count) commands in a batch of \(capacity)")
        for slot in 0..<count {
            let place = bytes.baseAddress! + slot * size
            BenchKey.write(keys.next(), to: place + keyOffset)
            if let valueOffset {
                (place + valueOffset).copyMemory(
                    from: place + keyOffset, byteCount: BenchKey.length)
            }
        }
        return UnsafeRawBufferPointer(rebasing: bytes[..<(count * size)])
    }

    /// The key of a command that was filled in, valid until the next fill.
    func key(of slot: Int) -> UnsafeRawBufferPointer {
        let start = slot * size + keyOffset
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + BenchKey.length])
    }
}
