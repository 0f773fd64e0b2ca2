import GrepvineDistCore
import GrepvineTransport

/// Which node a call goes to.
extension Engine {
    func link(to address: Address) -> Link {
        if let known = links[address] { return known }
        let link = Link(address)
        links[address] = link
        return link
    }

    /// Nil when no node is left to try.
    func choose(for call: Call) -> Link? {
        if case .node(let address) = call.target { return only(address, for: call) }
        if case .proxy(let address) = configuration.routing { return only(address, for: call) }
        switch call.target {
        case .owner(let partition): return owner(of: partition, for: call) ?? anyNode(for: call)
        case .anyNode(let first): return anyNode(for: call, first: first)
        case .node, .connection: return nil
        }
    }

    private func only(_ address: Address, for call: Call) -> Link? {
        call.tried.contains(address) ? nil : link(to: address)
    }

    /// The first owner that is ready, one that is not silent if there is one. Owners before it are
    /// dialled on the way, so that the next call finds them; when none is ready, the first that may
    /// become so.
    private func owner(of partition: Partition, for call: Call) -> Link? {
        guard let topology else { return nil }
        var silent: Link?
        var promising: Link?
        for index in topology.ownerIndexes(of: partition) {
            let link = memberLinks[Int(index)]
            if !call.tried.isEmpty, call.tried.contains(link.address) { continue }
            if link.state == .ready {
                if !link.isSilent { return link }
                silent = silent ?? link
            }
            if link.state == .idle, link.retryAt <= now { connect(link) }
            if promising == nil, link.isPromising(at: now) { promising = link }
        }
        return silent ?? promising
    }

    /// Any node serves any key. One that is ready, at random; else the first that may become so,
    /// seeds before members; else the one whose pause ends first.
    private func anyNode(for call: Call, first: Address? = nil) -> Link? {
        let left = candidates(first).filter { !call.tried.contains($0.address) }
        if let preferred = left.first, preferred.address == first, preferred.state == .ready {
            return preferred
        }
        let ready = left.filter { $0.state == .ready }
        if !ready.isEmpty { return ready.randomElement(using: &random) }
        return left.first { $0.isPromising(at: now) } ?? left.min { $0.retryAt < $1.retryAt }
    }

    /// Each link once: the one asked for, the seeds in their order, the members in theirs.
    private func candidates(_ first: Address?) -> [Link] {
        var seen: Set<Address> = []
        let named = (first.map { [$0] } ?? []) + configuration.seeds
        return (named.map(link(to:)) + memberLinks).filter { seen.insert($0.address).inserted }
    }

    /// Follows a change of the topology, or of who answers at which address: a seed that turned
    /// out to be a member leads to that member, so there is one connection per node.
    func mapMembers() {
        guard let topology else { return }
        var ready: [NodeID: Link] = [:]
        for link in links.values where link.state == .ready {
            guard let node = link.node else { continue }
            // The lower address wins, so that hash order decides nothing.
            if let other = ready[node], other.address < link.address { continue }
            ready[node] = link
        }
        memberLinks = topology.members.map { member in
            let link = ready[member.id] ?? link(to: member.address)
            link.member = member.id
            return link
        }
    }

    /// Forgets a link that nothing needs any more.
    func forgetIfUnused(_ link: Link) {
        guard link.state == .idle, link.queue.isEmpty, !configuration.seeds.contains(link.address),
            !memberLinks.contains(where: { $0 === link })
        else { return }
        if case .proxy(link.address) = configuration.routing { return }
        links[link.address] = nil
    }
}
