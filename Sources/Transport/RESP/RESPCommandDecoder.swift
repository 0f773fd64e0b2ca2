/// What a client may send. Checked on what is declared, before anything waits for it.
package struct RESPLimits: Hashable, Sendable {
    package var arguments: Int
    /// Bytes of one argument.
    package var bulk: Int
    /// Bytes of a whole command.
    package var command: Int
    /// Bytes of a command written without a length.
    package var inline: Int

    package init(
        arguments: Int = 65_536, bulk: Int = 64 << 20, command: Int = 128 << 20,
        inline: Int = 64 << 10
    ) {
        precondition(command <= Int(UInt32.max), "command limit of \(command) bytes")
        self.arguments = arguments
        self.bulk = bulk
        self.command = command
        self.inline = inline
    }
}

/// One whole command: its arguments are asked of the decoder.
package struct RESPCommand {
    let base: UnsafeMutablePointer<UInt8>
    let first: Int
    /// How many arguments, the command's name among them. 0 is no command but an empty line or
    /// array: consume it and answer nothing.
    package let count: Int
    /// Bytes to consume.
    package let length: Int
}

package enum RESPCommandOutcome {
    case command(RESPCommand)
    /// Wait until there are at least this many bytes of this command.
    case needMore(Int)
    case invalid(RESPProtocolError)
}

/// Cuts a stream into commands without copying them: arrays of bulk strings, and inline commands.
/// Half a command is remembered, so give it the same bytes again with more behind them; between
/// the calls they may move.
package struct RESPCommandDecoder: ~Copyable, @unchecked Sendable {
    // Sendable: the table is reachable through this value only.

    /// Offset from the command's start, and length.
    private struct Slice {
        var offset: UInt32
        var count: UInt32
    }

    private static let initialCapacity = 64

    package let limits: RESPLimits
    private var table: UnsafeMutablePointer<Slice>
    private var capacity = initialCapacity
    /// Where the current command's arguments start in the table, and where the next one goes.
    private var first = 0
    private var used = 0
    /// Arguments that the current command still lacks; -1 before its header.
    private var missing = -1
    /// Offset in the current command of what was not yet looked at.
    private var position = 0

    package init(limits: RESPLimits = RESPLimits()) {
        self.limits = limits
        table = .allocate(capacity: Self.initialCapacity)
    }

    deinit { table.deallocate() }

    /// The command at the start of `bytes`. Its arguments are valid until the bytes change and,
    /// unless `keepingEarlier`, until the next call; with it, the arguments of all commands since
    /// the last call without it stay, so that a batch can be looked at before it is executed.
    /// An inline command's quotes are undone in place.
    package mutating func next(
        _ bytes: UnsafeMutableRawBufferPointer, keepingEarlier: Bool = false
    ) -> RESPCommandOutcome {
        if !keepingEarlier, first > 0 { forgetEarlier() }
        guard bytes.count > position, let start = bytes.baseAddress else {
            return .needMore(position + 1)
        }
        let base = start.assumingMemoryBound(to: UInt8.self)
        if missing < 0 {
            guard base[0] == UInt8(ascii: "*") else { return inlineCommand(base, bytes.count) }
            switch RESPLength.parse(base, from: 1, to: bytes.count) {
            case .incomplete: return .needMore(bytes.count + 1)
            case .length(let count, let next) where count <= limits.arguments:
                missing = max(count, 0)
                position = next
            default: return .invalid(.invalidMultibulkLength)
            }
        }
        return arguments(base, bytes.count)
    }

    /// An argument of a command that is still valid.
    package subscript(_ command: RESPCommand, _ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < command.count, "argument \(index) of \(command.count)")
        let slice = table[command.first + index]
        return UnsafeRawBufferPointer(
            start: command.base + Int(slice.offset), count: Int(slice.count))
    }

    /// Gives back the memory of a command with very many arguments. For idle times.
    package mutating func shrink() {
        guard missing < 0, capacity > Self.initialCapacity else { return }
        (first, used, capacity) = (0, 0, Self.initialCapacity)
        table.deallocate()
        table = .allocate(capacity: capacity)
    }

    /// Places in the argument table.
    var tableCapacity: Int { capacity }
}

extension RESPCommandDecoder {
    private mutating func arguments(
        _ base: UnsafeMutablePointer<UInt8>, _ end: Int
    ) -> RESPCommandOutcome {
        var offset = position
        while missing > 0 {
            guard offset < end else { return wait(at: offset, for: offset + 1) }
            guard base[offset] == UInt8(ascii: "$") else {
                return .invalid(.expectedBulk(got: base[offset]))
            }
            guard
                case .length(let count, let start) = RESPLength.parse(
                    base, from: offset &+ 1, to: end)
            else { return lengthFault(base, offset, end) }
            guard count >= 0, count <= limits.bulk else { return .invalid(.invalidBulkLength) }
            let next = start &+ count &+ 2
            guard next <= limits.command else {
                return .invalid(.commandTooLong(limit: limits.command))
            }
            guard next <= end else { return wait(at: offset, for: next) }
            guard base[next &- 2] == UInt8(ascii: "\r"), base[next &- 1] == UInt8(ascii: "\n")
            else { return .invalid(.missingTerminator) }
            append(offset: start, count: count)
            missing &-= 1
            offset = next
        }
        return .command(finish(base, length: offset))
    }

    private mutating func lengthFault(
        _ base: UnsafeMutablePointer<UInt8>, _ offset: Int, _ end: Int
    ) -> RESPCommandOutcome {
        if case .incomplete = RESPLength.parse(base, from: offset + 1, to: end) {
            return wait(at: offset, for: end + 1)
        }
        return .invalid(.invalidBulkLength)
    }

    private mutating func wait(at offset: Int, for total: Int) -> RESPCommandOutcome {
        position = offset
        return .needMore(total)
    }

    private mutating func finish(
        _ base: UnsafeMutablePointer<UInt8>, length: Int
    ) -> RESPCommand {
        let command = RESPCommand(base: base, first: first, count: used - first, length: length)
        first = used
        missing = -1
        position = 0
        return command
    }

    private mutating func inlineCommand(
        _ base: UnsafeMutablePointer<UInt8>, _ end: Int
    ) -> RESPCommandOutcome {
        let bound = min(end, limits.inline)
        while position < bound, base[position] != UInt8(ascii: "\n") { position += 1 }
        guard position < bound else {
            return end >= limits.inline ? .invalid(.inlineTooLong) : .needMore(end + 1)
        }
        let length = position + 1
        let line =
            position > 0 && base[position - 1] == UInt8(ascii: "\r") ? position - 1 : position
        var words = RESPInlineWords(bytes: base, end: line)
        while true {
            switch words.next() {
            case .word(let offset, let count): append(offset: offset, count: count)
            case .end: return .command(finish(base, length: length))
            case .unbalanced: return .invalid(.unbalancedQuotes)
            }
        }
    }

    private mutating func append(offset: Int, count: Int) {
        if used == capacity { grow() }
        table[used] = Slice(
            offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: count))
        used &+= 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Slice>.allocate(capacity: capacity * 2)
        larger.update(from: table, count: used)
        table.deallocate()
        table = larger
        capacity *= 2
    }

    /// Drops the arguments of finished commands and keeps those of half a command.
    private mutating func forgetEarlier() {
        if used > first { table.update(from: table + first, count: used - first) }
        used -= first
        first = 0
    }
}
