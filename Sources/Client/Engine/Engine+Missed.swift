import GrepvineDistCore
import GrepvineTransport

/// Writes that reached their level, but perhaps not every owner: one that has them is told of those
/// that do not answer, and keeps a hint for them (H1).
extension Engine {
    /// Waits for the owners that have not answered, unless they have been silent before.
    func linger(_ fanOut: FanOut) {
        guard fanOut.open.contains(where: { !$0.link.isSilent }) else { return tellMissed(fanOut) }
        fanOut.due = now + Self.ownerPatience
        wake(at: fanOut.due)
    }

    /// An owner answers after the caller was.
    func learn(_ reply: WriteCoordinator.Reply, _ ask: OwnerAsk) {
        guard let version = ask.fanOut.write?.version else { return }
        _ = ask.fanOut.write?.receive(reply, from: ask.owner, attempt: version)
        if ask.fanOut.open.isEmpty { tellMissed(ask.fanOut) }
    }

    func tellMissed(_ fanOut: FanOut) {
        for (_, link) in fanOut.open { link.isSilent = true }
        forget(fanOut)
        guard let write = fanOut.write, !write.missing.isEmpty,
            let holder = write.holders.lazy.compactMap({ fanOut.link(to: $0) }).first(where: {
                $0.state == .ready
            }), let connection = holder.connection
        else { return }
        for owner in write.missing {
            let body = MissedMessage(owner: owner, version: write.version, key: fanOut.key)
                .encoded()
            guard connection.output.count + body.count < connection.outputLimit else { return }
            connection.output.appendFrame(
                FrameHeader(kind: FrameKind.missed.rawValue, requestID: 0), body: body)
        }
        markDirty(holder)
    }
}
