import GrepvineDistCore

/// Reads that take longer than usual are asked of one more owner (R3).
extension Engine {
    func planHedge(of fanOut: FanOut) {
        fanOut.began = now
        guard fanOut.read?.canHedge == true else { return }
        hedgeBudget.earn()
        let usual = fanOut.open.reduce(TailLatency.floor) { max($0, $1.link.tail.value) }
        // Then silence is noticed anyway.
        guard usual < Self.ownerPatience else { return }
        hedges.add(fanOut, due: now + usual)
    }

    /// Whoever answers first counts. Nothing happens when the answer is there.
    func hedge(_ fanOut: FanOut) {
        guard !fanOut.open.isEmpty, fanOut.began != nil, fanOut.read?.canHedge == true,
            fanOut.links[fanOut.asked].state == .ready, hedgeBudget.spend()
        else { return }
        fanOut.began = nil
        for (_, link) in fanOut.open { link.tail.exceeded() }
        guard let hedge = fanOut.read?.hedge() else { return }
        send(hedge, of: fanOut, topology?.epoch ?? 0)
    }

    func noteAnswer(to ask: OwnerAsk, on link: Link) {
        if let began = ask.fanOut.began { link.tail.note(now - began) }
    }
}
