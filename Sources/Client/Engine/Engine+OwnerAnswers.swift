import GrepvineDistCore
import GrepvineTransport

/// What owners answer to operations that the client coordinates by itself.
extension Engine {
    func receive(
        writeReply body: UnsafeRawBufferPointer, _ header: FrameHeader, on link: Link
    ) throws(MsgpackError) {
        guard let message = unsafe WriteReplyMessage(decoding: body) else {
            throw .invalid("a write's answer")
        }
        observe(header.clock)
        guard let ask = answered(header, on: link) else { return }
        if ask.fanOut.isAnswered { return learn(message.reply, ask) }
        if message.reply == .refused(.clockSkew) { pauseStamps() }
        if case .superseded(let version) = message.reply { observe(version.clock.rawValue) }
        if case .notOwner(let epoch) = message.reply {
            return fallBack(ask.fanOut, learning: epoch, from: link)
        }
        receive(message.reply, ask)
    }

    func receive(
        readReply body: UnsafeRawBufferPointer, _ header: FrameHeader, on link: Link
    ) throws(MsgpackError) {
        guard let message = unsafe ReadReplyMessage(decoding: body) else {
            throw .invalid("a read's answer")
        }
        observe(header.clock)
        guard let ask = answered(header, on: link) else { return }
        noteAnswer(to: ask, on: link)
        guard let answer = message.answer else {
            return fallBack(ask.fanOut, learning: header.epoch, from: link)
        }
        observe(answer.version.clock.rawValue)
        guard let step = ask.fanOut.read?.receive(answer, from: ask.owner) else { return }
        proceed(ask.fanOut, step)
    }

    /// The question that a frame answers. Nil when nobody waits for it any more, or when the owner
    /// knows a newer topology: the acks must form a quorum there (P4).
    private func answered(_ header: FrameHeader, on link: Link) -> OwnerAsk? {
        guard let ask = link.asks.removeValue(forKey: header.requestID) else {
            hint(epoch: header.epoch, at: link.address)
            return nil
        }
        ask.fanOut.open.removeAll { $0.id == header.requestID }
        if ask.fanOut.isAnswered {
            hint(epoch: header.epoch, at: link.address)
            return ask
        }
        // Late, because this process was stopped: what an owner acknowledged before may be lost by
        // now, and it takes no operation for open that long (docs/decisions/0010).
        guard now <= ask.fanOut.due + Self.ownerPatience else {
            fallBack(ask.fanOut)
            return nil
        }
        guard header.epoch > topology?.epoch ?? 0 else { return ask }
        fallBack(ask.fanOut, learning: header.epoch, from: link)
        return nil
    }

    /// The connection is gone: this question gets no answer.
    func lost(_ ask: OwnerAsk, wasTransmitted: Bool) {
        if ask.fanOut.isAnswered { return learn(.lost, ask) }
        if ask.fanOut.write != nil { return receive(wasTransmitted ? .lost : .unreachable, ask) }
        guard let step = ask.fanOut.read?.receive(.unreachable, from: ask.owner) else { return }
        proceed(ask.fanOut, step)
    }

    private func receive(_ reply: WriteCoordinator.Reply, _ ask: OwnerAsk) {
        let fanOut = ask.fanOut
        guard let version = fanOut.write?.version,
            let step = fanOut.write?.receive(reply, from: ask.owner, attempt: version)
        else { return }
        switch step {
        case .wait: break
        case .finish(.written(let version, let acks)):
            let receipt = WriteReceipt(version: version, acks: acks, owners: fanOut.links.count)
            fanOut.isAnswered = true
            finish(fanOut.call, .init(result: .success(.written(receipt))))
            return
        case .restamp, .finish: fanOut.isLost = true
        }
        if fanOut.isLost, fanOut.open.isEmpty { fallBack(fanOut) }
    }

    private func proceed(_ fanOut: FanOut, _ step: ReadCoordinator.Step) {
        switch step {
        case .wait: break
        case .ask(let asks): ask(asks, of: fanOut)
        case .finish(.value(let record)) where record.key == fanOut.key:
            let entry = Entry(
                value: record.value, contentType: record.contentType, version: record.version,
                expiry: record.expiry, mayBeStale: fanOut.read?.mayBeStale ?? true)
            finish(fanOut.call, .init(result: .success(.entry(entry))))
        case .finish(.absent), .finish(.tombstone), .finish(.expired), .finish(.evicted):
            finish(fanOut.call, .init(result: .success(.entry(nil))))
        // Owners differ, or there are too few of them.
        case .writeBack, .finish: fallBack(fanOut)
        }
    }

    /// Asks owners that were not asked yet. An owner that was has a newer version than the one that
    /// sent its value: what follows is a repair, and that is a node's.
    private func ask(_ asks: [ReadCoordinator.Ask], of fanOut: FanOut) {
        for ask in asks {
            guard let index = fanOut.links.firstIndex(where: { $0.member == ask.owner }),
                index >= fanOut.asked, fanOut.links[index].state == .ready
            else { return fallBack(fanOut) }
            send(ask, of: fanOut, topology?.epoch ?? 0)
        }
    }

    /// Some owners were silent for too long. A read asks one more of them first.
    func lostPatience(with fanOut: FanOut) {
        for (_, link) in fanOut.open { link.isSilent = true }
        fanOut.due = now + Self.ownerPatience
        fanOut.began = nil
        guard let hedge = fanOut.read?.hedge(), fanOut.link(to: hedge.owner)?.state == .ready
        else { return fallBack(fanOut) }
        send(hedge, of: fanOut, topology?.epoch ?? 0)
        wake(at: fanOut.due)
    }

    /// Once more through an owner that coordinates. Of a write that may lie at some owner already
    /// the second attempt must be above the first (W4): the node stamps it above `floor`, so that
    /// the first can never come back over what others write later.
    private func fallBack(_ fanOut: FanOut) { backlog.append(release(fanOut)) }

    /// The same, after the newer topology that `link` knows.
    private func fallBack(_ fanOut: FanOut, learning epoch: UInt64, from link: Link) {
        let call = release(fanOut)
        if canLearn(epoch: epoch) { park(call, first: link.address) } else { backlog.append(call) }
    }

    private func release(_ fanOut: FanOut) -> Call {
        let call = fanOut.call
        drop(fanOut)
        if let write = fanOut.write, !write.isCertainlyAbsent { call.floor = write.version.clock }
        call.place = .nowhere
        return call
    }
}
