package import GrepvineDistCore
package import GrepvineTransport

/// This node as one owner for clients that coordinate by themselves (docs/decisions/0008).
extension Node {
    /// Does at once what a replica frame of a client asks and puts the answer into `output`. False
    /// for what is no such frame.
    package mutating func answerClient(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, output: inout IOBuffer,
        now: Moment
    ) -> Bool {
        observe(header.clock, at: now)
        let kind: FrameKind
        let reply: [UInt8]
        switch FrameKind(rawValue: header.kind) {
        case .write:
            guard
                let answer = replicaWrite(
                    body, longestValue: configuration.limits.value, now: now)
            else { return false }
            tellDecisions(now: now)
            metrics.requests += 1
            if answer == .accepted { metrics.writes += 1 }
            (kind, reply) = (.writeReply, WriteReplyMessage(answer).encoded())
        case .read:
            guard let (bytes, answer) = replicaRead(body, now: now) else { return false }
            count(answer, wantsValue: body.word(at: 0) == 1)
            (kind, reply) = (.readReply, bytes)
        default: return false
        }
        let header = FrameHeader(
            kind: kind.rawValue, requestID: header.requestID, epoch: topology?.epoch ?? 0,
            clock: clock.latest.rawValue)
        output.appendFrame(header, body: reply)
        return true
    }

    /// One read is counted once: by the owner that was asked for the value.
    private mutating func count(_ answer: ReadAnswer?, wantsValue: Bool) {
        guard wantsValue, let answer else { return }
        metrics.requests += 1
        if answer.state == .value { metrics.hits += 1 } else { metrics.misses += 1 }
    }

    /// Learns a client's clock. False when it is too far ahead (V3).
    @discardableResult
    package mutating func observe(_ stamp: UInt64, at now: Moment) -> Bool {
        clock.observe(HybridClock(rawValue: stamp), at: now.wall)
    }

    /// The highest stamp that this node gave or saw.
    package var latestClock: UInt64 { clock.latest.rawValue }
}
