package import GrepvineDistCore
package import GrepvineStorage
package import GrepvineTransport

/// The Redis face of one connection. Pure: bytes in, bytes out, and a node in between.
///
/// Commands are taken in batches: while one is parsed, the memory that it will need is already on
/// its way. A command that this node can answer alone is answered in place.
///
/// `@exclusivity(unchecked)` where a command would pay for the check: one thread runs a session,
/// and nothing that it calls comes back to it.
package final class RESPSession {
    package let id: UInt64
    let address: String
    @exclusivity(unchecked) var version = RESPVersion.two
    @exclusivity(unchecked) var readLevel: Consistency?
    @exclusivity(unchecked) var writeLevel: Consistency?
    var clientName = ""
    var library = (name: "", version: "")
    @exclusivity(unchecked) var queue = ReplyQueue()
    /// Held by greps whose replies wait.
    var grepBytes = 0
    /// When the latest bytes came: what relative answers count from.
    @exclusivity(unchecked)
    var lastMoment = Moment(instant: .start, wall: WallTime(milliseconds: 0))
    @exclusivity(unchecked) package internal(set) var isOver = false

    @exclusivity(unchecked) private var decoder = RESPCommandDecoder()
    @exclusivity(unchecked) private var batch: [Parsed] = []
    /// Of the keys of the batch.
    @exclusivity(unchecked) private var hashes: [RecordStore.Prefetch] = []
    /// Parsed by `prepare`, for the next `receive` to execute.
    @exclusivity(unchecked) private var prepared: Gathered?
    /// Replies that wait behind others are made here.
    private var scratch = IOBuffer()

    /// A command, and where its first key lies.
    struct Parsed {
        let command: RESPCommand
        /// Where the command ends in what was gathered.
        let end: Int
        let name: UInt64
        var partition: Partition
        var hash: KeyHash
    }

    private static let batchSize = 32
    /// With so many commands open nothing more is read.
    private static let mostOpen = 1024
    /// With so many bytes waiting to be sent nothing more is done: short commands can have
    /// long answers.
    package static let pauseOutput = 1 << 20

    package init(id: UInt64, address: String) {
        self.id = id
        self.address = address
        batch.reserveCapacity(Self.batchSize)
        hashes.reserveCapacity(Self.batchSize)
    }

    package var wantsInput: Bool { !isOver && queue.count < Self.mostOpen }

    package var isIdle: Bool { queue.isEmpty }

    /// Other nodes work for a client of whom nobody knows, once it has sent its last byte, whether
    /// it is still there.
    var waitsForGrep: Bool { queue.waitsForGrep }

    /// Takes whole commands off the input until there are none, or too much is open.
    package func receive(
        _ input: inout IOBuffer, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        lastMoment = now
        var ahead = takePrepared(output)
        while wantsInput, output.count < Self.pauseOutput {
            let gathered = ahead ?? gather(input.readable, node)
            ahead = nil
            var done = 0
            for parsed in batch where !isOver && output.count < Self.pauseOutput {
                execute(parsed, node: &node, output: &output, now: now)
                done = parsed.end
            }
            let isWhole = isOver || done == batch.last?.end ?? 0
            batch.removeAll(keepingCapacity: true)
            guard isWhole else {
                // What was parsed and not executed is parsed again.
                decoder = RESPCommandDecoder()
                return input.consume(done)
            }
            input.consume(gathered.length)
            if let error = gathered.error {
                respond(&output) { $0.appendError("ERR \(error)") }
                isOver = true
            }
            if gathered.isAll { return }
        }
    }

    /// More input than this is a pipeline, or a large value.
    private static let shortInput = 512

    /// Parses a short input and says which keys it will touch, so that their memory can be fetched
    /// together with that of other connections. `receive` must follow before anything else
    /// happens to the input. False for longer input: a pipeline is a batch of its own, and what is
    /// fetched for many of them would be gone from the caches again.
    package func prepare(
        _ input: borrowing IOBuffer, node: borrowing Node, output: borrowing IOBuffer,
        into prefetches: inout [RecordStore.Prefetch]
    ) -> Bool {
        guard input.count <= Self.shortInput, wantsInput, output.count < Self.pauseOutput else {
            return false
        }
        prepared = gather(input.readable, node)
        // Of a longer batch `gather` has begun to fetch everything by itself.
        if batch.count == 1 { prefetches.append(contentsOf: hashes) }
        return true
    }

    /// What `prepare` made, unless it must be parsed again because nothing may be done now.
    private func takePrepared(_ output: borrowing IOBuffer) -> Gathered? {
        guard let ahead = prepared else { return nil }
        prepared = nil
        if wantsInput, output.count < Self.pauseOutput { return ahead }
        batch.removeAll(keepingCapacity: true)
        decoder = RESPCommandDecoder()
        return nil
    }

    private struct Gathered {
        var length = 0
        var error: RESPProtocolError?
        /// There is no further whole command.
        var isAll = false
    }

    /// Parses up to a batch of commands and starts to fetch what they will touch. An inline
    /// command makes a batch of its own, because parsing it changes its bytes for good.
    private func gather(
        _ bytes: UnsafeMutableRawBufferPointer, _ node: borrowing Node
    ) -> Gathered {
        hashes.removeAll(keepingCapacity: true)
        var gathered = Gathered()
        gathering: while batch.count < Self.batchSize {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[gathered.length...])
            let isInline = rest.first.map { $0 != UInt8(ascii: "*") } ?? false
            if isInline, !batch.isEmpty { break gathering }
            switch decoder.next(rest, keepingEarlier: !batch.isEmpty) {
            case .needMore:
                gathered.isAll = true
                break gathering
            case .invalid(let reason):
                gathered.error = reason
                gathered.isAll = true
                break gathering
            case .command(let command):
                gathered.length += command.length
                if command.count > 0 { batch.append(parse(command, gathered.length, node)) }
                if isInline, !batch.isEmpty { break gathering }
            }
        }
        if batch.count > 1 { hashes.withUnsafeBufferPointer { node.store.prefetch($0) } }
        return gathered
    }

    @inline(__always)
    private func parse(_ command: RESPCommand, _ end: Int, _ node: borrowing Node) -> Parsed {
        let name = Self.packed(decoder[command, 0])
        guard command.count > 1 else {
            return Parsed(
                command: command, end: end, name: name, partition: Partition(number: 0),
                hash: KeyHash(bits: 0))
        }
        let key = decoder[command, 1]
        let partition = Slot(of: key.bytes).partition
        let hash = node.store.hash(of: key, partition: partition)
        hashes.append(RecordStore.Prefetch(hash, isWrite: name == Self.set))
        return Parsed(command: command, end: end, name: name, partition: partition, hash: hash)
    }

    /// A name of up to eight letters as one word, in lower case; 0 for others.
    @inline(__always)
    static func packed(_ name: UnsafeRawBufferPointer) -> UInt64 {
        guard name.count <= 8 else { return 0 }
        var word: UInt64 = 0
        for byte in name { word = word << 8 | UInt64(byte | 0x20) }
        return word
    }

    /// `get` and `set` as `packed` gives them.
    private static let get: UInt64 = 0x67_65_74
    private static let set: UInt64 = 0x73_65_74

    /// The two commands that matter most first, and everything else by the table.
    private func execute(
        _ parsed: Parsed, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        let command = parsed.command
        if parsed.name == Self.get, command.count == 2, queue.isEmpty {
            let key = decoder[command, 1]
            switch node.readLocally(
                key, parsed.partition, parsed.hash, level: readLevel, now: now)
            {
            case .value(let record): return output.appendBulk(record.value)
            case .absent: return output.appendNull(version)
            case .needsOthers: break
            }
        } else if parsed.name == Self.set, command.count == 3, queue.isEmpty {
            switch node.writeLocally(
                decoder[command, 1], parsed.partition, parsed.hash, value: decoder[command, 2],
                expiry: nil, level: writeLevel, now: now)
            {
            case .written: return output.appendOK()
            case .overloaded: return output.appendError(Self.outOfMemory)
            case .needsOthers: break
            }
        }
        executeByTable(parsed, node: &node, output: &output, now: now)
    }

    static let outOfMemory =
        "OOM command not allowed when used memory > 'max-memory'; nothing was written"

    private func executeByTable(
        _ parsed: Parsed, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        let command = parsed.command
        let name = decoder[command, 0]
        guard let spec = RESPVerb.spec(name) else {
            return respond(&output) { $0.appendError(unknown(command)) }
        }
        guard spec.accepts(arguments: command.count) else {
            return respond(&output) {
                $0.appendError("ERR wrong number of arguments for '\(spec.name)' command")
            }
        }
        var arguments: [UnsafeRawBufferPointer] = []
        arguments.reserveCapacity(command.count)
        for index in 0..<command.count { arguments.append(decoder[command, index]) }
        if let moved = redirection(spec, arguments, node) {
            return respond(&output) { $0.appendError(moved) }
        }
        perform(spec.verb, arguments, node: &node, output: &output, now: now)
        flush(&output)
    }

    private func unknown(_ command: RESPCommand) -> String {
        let words = (1..<min(command.count, 8)).map {
            "'\(String(decoding: decoder[command, $0].prefix(64), as: UTF8.self))'"
        }
        let name = String(decoding: decoder[command, 0].prefix(64), as: UTF8.self)
        return "ERR unknown command '\(name)', with args beginning with: "
            + words.joined(separator: " ")
    }

    /// Writes a reply now, or queues it behind those that wait.
    func respond(_ output: inout IOBuffer, _ write: (inout IOBuffer) -> Void) {
        if queue.isEmpty { return write(&output) }
        write(&scratch)
        queue.append(ready: scratch.bytes)
        scratch.removeAll()
    }

    /// A response from other owners; every reply that is complete and next in order leaves.
    package func deliver(
        _ response: Response, _ number: UInt64, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        if case .hits(let batch) = response {
            return collect(batch, number, node: &node, output: &output, now: now)
        }
        guard queue.receive(response, number >> 20, part: Int(number & 0xf_ffff)) else { return }
        flush(&output)
    }

    package func deliver(_ page: KeysPage, _ number: UInt64, output: inout IOBuffer) {
        guard queue.receive(page, number >> 20) else { return }
        flush(&output)
    }

    func flush(_ output: inout IOBuffer) {
        while let slot = queue.popReady() {
            if let bytes = slot.bytes {
                output.append(bytes)
            } else {
                append(slot, to: &output)
            }
        }
    }
}
