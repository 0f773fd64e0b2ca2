import GrepvineDistCore
import GrepvineTransport

@testable import GrepvineNode

/// One node without a world: time moves by hand, and what it wants lies in `node.effects`.
final class TestNode {
    var node: Node
    private(set) var now: Moment
    /// Those that the node has begun, and how many it has cancelled.
    private var searches = SearchRuns()
    private(set) var cancelledSearches = 0

    /// When tests begin: well behind 0, so that times before it exist, too.
    static let start = WallTime(milliseconds: 1_767_323_045_000)

    init(_ configure: (inout NodeConfiguration) -> Void = { _ in }) {
        var configuration = NodeConfiguration()
        configuration.name = "n1"
        configure(&configuration)
        now = Moment(instant: Instant(nanoseconds: 1_000_000_000), wall: Self.start)
        node = Node(
            configuration: configuration,
            state: PersistentState(id: NodeID(high: 1, low: 1), bootEpoch: 7), seed: 42, now: now)
    }

    /// Lets time pass, and wakes the node whenever it wants to be woken on the way.
    func advance(_ time: Duration) {
        let end = now.instant + time
        while node.nextWake < end {
            let step = max(Duration.milliseconds(1), node.nextWake - now.instant)
            guard now.instant + step < end else { break }
            move(step)
        }
        move(end - now.instant)
    }

    private func move(_ step: Duration) {
        now = Moment(instant: now.instant + step, wall: now.wall + step)
        node.handle(.wake, at: now)
    }

    // `#expect` wants to copy what it looks at, and a node cannot be copied.
    var topology: Topology? { node.topology }
    var unreadiness: String? { node.unreadiness }
    var metrics: NodeMetrics { node.metrics }
    var members: [MemberStatus] { node.members() }
    var effects: [Effect] { node.effects }
    var hasOpenGreps: Bool { !node.grep.streams.isEmpty || !node.grep.own.isEmpty }

    /// What the search thread does with an effect, at once; false for effects of other kinds.
    func search(_ effect: Effect) -> Bool {
        switch effect {
        case .search(let task): searches.open(task, now: now.instant)
        case .searchNext(let id): searches.next(id)
        case .searchCancel(let id):
            guard let report = searches.cancel(id) else { return true }
            cancelledSearches += 1
            node.handle(.searched(report), at: now)
        default: return false
        }
        let time = now.instant
        while searches.hasWork {
            for report in searches.advance(clock: { time }) {
                node.handle(.searched(report), at: now)
            }
        }
        return true
    }

    /// A frame from some other node.
    func receive(kind: UInt8, _ body: [UInt8]) {
        let header = FrameHeader(kind: kind, requestID: 3)
        body.withUnsafeBytes {
            node.handle(.frame(header, body: $0, from: NodeID(high: 5, low: 5)), at: now)
        }
        node.effects = []
    }

    /// The wall clock is set, as an operator may do.
    func setWall(_ time: WallTime) { now = Moment(instant: now.instant, wall: time) }
}

/// A Redis client's connection to a test node.
final class TestFace {
    let test: TestNode
    let session: RESPSession
    private var input = IOBuffer()
    private var output = IOBuffer()

    init(_ test: TestNode) {
        self.test = test
        session = RESPSession(id: 9, address: "test")
    }

    /// Hands bytes over, and gives back what is answered at once.
    func send(_ bytes: some Collection<UInt8>) -> String {
        input.append(Array(bytes))
        return proceed()
    }

    /// Looks at the input again, as after answers have left.
    func proceed() -> String {
        session.receive(&input, node: &test.node, output: &output, now: test.now)
        deliver()
        let text = String(decoding: output.bytes, as: UTF8.self)
        output.removeAll()
        return text
    }

    var unread: Int { input.count }

    private func deliver() {
        while !test.node.effects.isEmpty {
            let effects = test.node.effects
            test.node.effects = []
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: Effect) {
        switch effect {
        case .reply(let response, let id):
            session.deliver(
                response, id.number, node: &test.node, output: &output, now: test.now)
        case .keys(let page, let id): session.deliver(page, id.number, output: &output)
        default: _ = test.search(effect)
        }
    }

    /// One command as clients send it, and its reply.
    func call(_ words: String...) -> String { send(Self.command(words)) }

    static func command(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        return bytes
    }

    /// One line of words without quotes, and its reply decoded.
    func value(_ line: String) throws -> RESPValue {
        let words = line.split(separator: " ").map(String.init)
        let text = send(Self.command(words))
        var decoder = RESPReplyDecoder()
        let outcome = Array(text.utf8).withUnsafeBytes { decoder.next($0) }
        guard case .reply(let value, let length) = outcome, length == text.utf8.count else {
            throw NotOneReply(command: line, text: text)
        }
        return value
    }
}

struct NotOneReply: Error {
    let command: String
    let text: String
}
