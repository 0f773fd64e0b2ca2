import GrepvineDistCore
import GrepvineTransport

/// Starting and ending operations that the client coordinates by itself: one round trip to the
/// owners instead of two through one of them (docs/decisions/0008). Whatever is not the plain case
/// goes the long way, through an owner, which keeps every promise.
extension Engine {
    /// An owner that has said nothing for so long is not waited for any more.
    static let ownerPatience = Duration.milliseconds(250)
    /// After an owner refused our stamps, or we theirs, nodes stamp our writes for so long (V3).
    private static let stampPause = Duration.seconds(1)

    /// True when the call is on its way. Tried once per call, and only at a level that the call
    /// names.
    func fanOut(_ call: Call) -> Bool {
        guard call.mayFanOut, case .direct = configuration.routing,
            case .owner(let partition) = call.target, let topology
        else { return false }
        call.mayFanOut = false
        switch call.request {
        case .get(let key, let level?, let atLeast):
            let links = ownerLinks(of: partition, topology)
            return read(key, level, atLeast, call, links, topology)
        case .set(let key, let value, let contentType, let expiration, let level?, nil)
        where level != .one && expiration != .keep:
            guard stampsAgain <= now else { return false }
            var expiry: WallTime?
            if case .at(let time) = expiration { expiry = time }
            let record = Record(
                key: key, version: clock.next(at: SystemClock.wall()), expiry: expiry,
                contentType: contentType, value: value)
            return write(record, level, call, ownerLinks(of: partition, topology), topology)
        default: return false
        }
    }

    /// In the order of the topology. Those without a connection are dialled, for the next call.
    private func ownerLinks(of partition: Partition, _ topology: Topology) -> [Link] {
        topology.ownerIndexes(of: partition).map { index in
            let link = memberLinks[Int(index)]
            if link.state == .idle, link.retryAt <= now { connect(link) }
            return link
        }
    }

    private func read(
        _ key: Key, _ level: Consistency, _ atLeast: Version?, _ call: Call, _ links: [Link],
        _ topology: Topology
    ) -> Bool {
        let size = FrameHeader.size + ReadMessage.headSize + key.bytes.count
        let usable = links.filter { canTake(size, $0) }
        guard usable.count >= max(1, level.needed(of: links.count)) else { return false }
        // Who said nothing lately comes last, so that its silence costs the first readers only.
        let ordered =
            usable.contains(where: \.isSilent)
            ? usable.filter { !$0.isSilent } + usable.filter(\.isSilent) : usable
        let rest = links.filter { link in !usable.contains { $0 === link } }
        let fanOut = start(call, key, ordered + rest)
        fanOut.read = ReadCoordinator(
            owners: fanOut.links.map(\.member), level: level, atLeast: atLeast ?? .zero)
        for ask in fanOut.read?.start() ?? [] { send(ask, of: fanOut, topology.epoch) }
        planHedge(of: fanOut)
        return true
    }

    /// Only when every owner can be reached: a coordinator that is a node goes on trying for those
    /// that miss the write.
    private func write(
        _ record: Record, _ level: Consistency, _ call: Call, _ links: [Link],
        _ topology: Topology
    ) -> Bool {
        let bytes = record.encoded()
        let size = FrameHeader.size + WriteMessage.size + bytes.count
        guard size <= configuration.maxFrame, links.allSatisfy({ canTake(size, $0) })
        else { return false }
        let fanOut = start(call, record.key, links)
        fanOut.write = WriteCoordinator(
            owners: links.map(\.member), level: level, version: record.version)
        for link in links {
            guard let connection = link.connection else { continue }
            let header = ask(fanOut, on: link, connection, .write, topology.epoch)
            connection.output.appendWrite(header, record: bytes)
        }
        return true
    }

    private func canTake(_ size: Int, _ link: Link) -> Bool {
        guard link.state == .ready, link.node == link.member, let connection = link.connection
        else { return false }
        return link.load < configuration.maxInFlight
            && connection.output.count + size <= connection.outputLimit
    }

    private func start(_ call: Call, _ key: Key, _ links: [Link]) -> FanOut {
        let fanOut = FanOut(call, key, links, due: now + Self.ownerPatience)
        call.place = .fanned(fanOut)
        wake(at: min(call.deadline, fanOut.due))
        return fanOut
    }

    func send(_ question: ReadCoordinator.Ask, of fanOut: FanOut, _ epoch: UInt64) {
        guard let link = fanOut.link(to: question.owner), let connection = link.connection
        else { return }
        let header = ask(fanOut, on: link, connection, .read, epoch)
        connection.output.appendRead(
            header, wantsValue: question.wantsValue, key: fanOut.key.bytes)
    }

    /// Notes one question; the frame with this header comes next.
    private func ask(
        _ fanOut: FanOut, on link: Link, _ connection: Connection, _ kind: FrameKind,
        _ epoch: UInt64
    ) -> FrameHeader {
        lastRequest += 1
        let start = connection.bytesSent + UInt64(connection.output.count)
        link.asks[lastRequest] = OwnerAsk(fanOut: fanOut, owner: link.member, start: start)
        fanOut.open.append((lastRequest, link))
        fanOut.asked += 1
        markDirty(link)
        return FrameHeader(
            kind: kind.rawValue, requestID: lastRequest, epoch: epoch,
            clock: clock.latest.rawValue,
            deadline: Self.wireDeadline(fanOut.call.deadline - now))
    }

    /// Learns a clock from a frame. Between a clock that we may not follow and ours, versions would
    /// be below what is stored: then nodes had better stamp.
    func observe(_ stamp: UInt64) {
        guard stamp > clock.latest.rawValue else { return }
        if !clock.observe(HybridClock(rawValue: stamp), at: SystemClock.wall()) { pauseStamps() }
    }

    func pauseStamps() { stampsAgain = now + Self.stampPause }

    /// Forgets the questions that are open; late answers to them are ignored. Not those of a write
    /// that has just been answered: whoever gives none has missed it.
    func drop(_ fanOut: FanOut) {
        if fanOut.isAnswered { return linger(fanOut) }
        forget(fanOut)
    }

    func forget(_ fanOut: FanOut) {
        for (id, link) in fanOut.open { link.asks[id] = nil }
        fanOut.open = []
    }
}
