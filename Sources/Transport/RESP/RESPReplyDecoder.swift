package enum RESPReplyOutcome: Hashable, Sendable {
    case needMore
    /// Consume `length` bytes.
    case reply(RESPValue, length: Int)
    case invalid(RESPReplyError)
}

/// Reads replies on the client's side. A reply is built only once all of it is there, so nothing
/// is reserved for what a header merely claims. Attributes are passed over.
package struct RESPReplyDecoder: Sendable {
    /// Arrays within arrays.
    package static let maximumDepth = 128

    private var scanner: RESPReplyScanner

    package init(limit: Int = 512 << 20) { scanner = RESPReplyScanner(limit: limit) }

    /// The reply at the start of `bytes`. After `needMore` give the same bytes with more behind.
    package mutating func next(_ bytes: UnsafeRawBufferPointer) -> RESPReplyOutcome {
        switch scanner.scan(bytes) {
        case .needMore: return .needMore
        case .invalid(let error): return .invalid(error)
        case .complete(let length):
            var builder = Builder(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            do {
                return .reply(try builder.value(depth: 0), length: length)
            } catch {
                return .invalid(error)
            }
        }
    }
}

/// Builds the value of bytes that the scanner has passed.
private struct Builder {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func value(depth: Int) throws(RESPReplyError) -> RESPValue {
        guard depth <= RESPReplyDecoder.maximumDepth else {
            throw .tooDeep(limit: RESPReplyDecoder.maximumDepth)
        }
        let type = bytes[offset]
        let line = takeLine()
        switch type {
        case UInt8(ascii: "$"): return bulk(line).map { .bulk(Array($0)) } ?? .null
        case UInt8(ascii: "!"):
            return bulk(line).map { .error(String(decoding: $0, as: UTF8.self)) } ?? .null
        case UInt8(ascii: "="): return try verbatim(line)
        case UInt8(ascii: "*"):
            guard length(line) >= 0 else { return .null }
            return .array(try elements(length(line), depth))
        case UInt8(ascii: "~"): return .set(try elements(length(line), depth))
        case UInt8(ascii: ">"): return .push(try elements(length(line), depth))
        case UInt8(ascii: "%"): return .map(try pairs(length(line), depth))
        case UInt8(ascii: "|"):
            _ = try pairs(length(line), depth)
            return try value(depth: depth + 1)
        default: return try scalar(type, line)
        }
    }

    private func scalar(
        _ type: UInt8, _ line: UnsafeRawBufferPointer
    ) throws(RESPReplyError) -> RESPValue {
        let text = String(decoding: line, as: UTF8.self)
        switch type {
        case UInt8(ascii: "+"): return .simple(text)
        case UInt8(ascii: "-"): return .error(text)
        case UInt8(ascii: "("): return .bigNumber(text)
        case UInt8(ascii: "_"): return .null
        case UInt8(ascii: "#") where text == "t" || text == "f": return .boolean(text == "t")
        case UInt8(ascii: ":"): if let number = Int64(text) { return .integer(number) }
        case UInt8(ascii: ","): if let number = Double(text) { return .double(number) }
        default: break
        }
        throw .invalidValue
    }

    private mutating func verbatim(
        _ line: UnsafeRawBufferPointer
    ) throws(RESPReplyError) -> RESPValue {
        guard let body = bulk(line) else { return .null }
        guard body.count >= 4, body[3] == UInt8(ascii: ":") else { throw .invalidValue }
        return .verbatim(
            format: String(decoding: body[..<3], as: UTF8.self), text: Array(body[4...]))
    }

    private mutating func elements(
        _ count: Int, _ depth: Int
    ) throws(RESPReplyError) -> [RESPValue] {
        guard count >= 0 else { throw .invalidLength }
        var elements: [RESPValue] = []
        for _ in 0..<count { elements.append(try value(depth: depth + 1)) }
        return elements
    }

    private mutating func pairs(
        _ count: Int, _ depth: Int
    ) throws(RESPReplyError) -> [RESPValue.Pair] {
        guard count >= 0 else { throw .invalidLength }
        var pairs: [RESPValue.Pair] = []
        for _ in 0..<count {
            let key = try value(depth: depth + 1)
            pairs.append(RESPValue.Pair(key, try value(depth: depth + 1)))
        }
        return pairs
    }

    /// What stands between the type and the end of the line.
    private mutating func takeLine() -> UnsafeRawBufferPointer {
        let start = offset + 1
        var end = start
        while bytes[end] != 0x0d { end += 1 }
        offset = end + 2
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    private func length(_ line: UnsafeRawBufferPointer) -> Int {
        Int(String(decoding: line, as: UTF8.self)).unsafelyUnwrapped
    }

    /// The bytes behind a length; nil for a negative one.
    private mutating func bulk(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let count = length(line)
        guard count >= 0 else { return nil }
        defer { offset += count + 2 }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}
