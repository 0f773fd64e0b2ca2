import GrepvineDistCore
import GrepvineTransport

/// What Redis Cluster clients ask to route by themselves, and the redirections they get.
extension RESPSession {
    /// In cluster mode: MOVED for a key of other owners, CROSSSLOT for keys of several slots.
    func redirection(
        _ spec: RESPCommandSpec, _ arguments: Arguments, _ node: borrowing Node
    ) -> String? {
        guard node.configuration.respMode == .cluster, spec.keys.first > 0,
            let topology = node.topology
        else { return nil }
        let last = spec.keys.last < 0 ? arguments.count - 1 : spec.keys.last
        let slots = stride(from: spec.keys.first, through: last, by: spec.keys.step).map {
            Slot(of: arguments[$0].bytes)
        }
        guard let slot = slots.first else { return nil }
        guard slots.allSatisfy({ $0 == slot }) else {
            return "CROSSSLOT Keys in request don't hash to the same slot"
        }
        guard !topology.isOwner(node.id, of: slot.partition),
            let owner = node.firstReachableOwner(of: slot.partition)
        else { return nil }
        return "MOVED \(slot.number) \(owner.address.host):\(owner.respPort)"
    }

    func cluster(_ arguments: Arguments, node: borrowing Node, output: inout IOBuffer) {
        let word = text(arguments[1]).uppercased()
        switch (word, arguments.count) {
        case ("KEYSLOT", 3):
            respond(&output) { $0.appendInteger(Int(Slot(of: arguments[2].bytes).number)) }
        case ("MYID", 2):
            let id = node.id.redisID
            respond(&output) { $0.appendBulk(id) }
        case ("INFO", 2):
            let report = NodeReport.clusterInfo(node)
            respond(&output) { $0.appendVerbatim(report, version) }
        case ("NODES", 2):
            let report = NodeReport.clusterNodes(node)
            respond(&output) { $0.appendVerbatim(report, version) }
        case ("SLOTS", 2): slots(node, &output)
        case ("SHARDS", 2): shards(node, &output)
        default:
            respond(&output) {
                $0.appendError(
                    "ERR unknown subcommand or wrong number of arguments for '\(word)'."
                        + " Try CLUSTER HELP.")
            }
        }
    }

    private func slots(_ node: borrowing Node, _ output: inout IOBuffer) {
        guard let topology = node.topology else {
            return respond(&output) { $0.appendArrayHeader(0) }
        }
        let ranges = topology.slotRanges()
        respond(&output) {
            $0.appendArrayHeader(ranges.count)
            for range in ranges {
                $0.appendArrayHeader(2 + range.owners.count)
                $0.appendInteger(Int(range.first.number))
                $0.appendInteger(Int(range.last.number))
                for owner in range.owners { append(topology.members[Int(owner)], &$0) }
            }
        }
    }

    private func append(_ member: Member, _ output: inout IOBuffer) {
        output.appendArrayHeader(4)
        output.appendBulk(member.address.host)
        output.appendInteger(Int(member.respPort))
        output.appendBulk(member.id.redisID)
        output.appendArrayHeader(0)
    }

    /// Ranges with the same owners in the same order are one shard.
    private func shards(_ node: borrowing Node, _ output: inout IOBuffer) {
        guard let topology = node.topology else {
            return respond(&output) { $0.appendArrayHeader(0) }
        }
        let ranges = topology.slotRanges()
        var shards: [(owners: [UInt16], ranges: [SlotRange])] = []
        for range in ranges {
            let owners = Array(range.owners)
            if let index = shards.firstIndex(where: { $0.owners == owners }) {
                shards[index].ranges.append(range)
            } else {
                shards.append((owners, [range]))
            }
        }
        let members = node.members()
        respond(&output) {
            $0.appendArrayHeader(shards.count)
            for shard in shards {
                $0.appendMapHeader(2, version)
                $0.appendBulk("slots")
                $0.appendArrayHeader(shard.ranges.count * 2)
                for range in shard.ranges {
                    $0.appendInteger(Int(range.first.number))
                    $0.appendInteger(Int(range.last.number))
                }
                $0.appendBulk("nodes")
                $0.appendArrayHeader(shard.owners.count)
                for (place, owner) in shard.owners.enumerated() {
                    let member = topology.members[Int(owner)]
                    let isAlive = members.first { $0.id == member.id }?.liveness == .alive
                    append(member, isMaster: place == 0, isAlive: isAlive, &$0)
                }
            }
        }
    }

    private func append(
        _ member: Member, isMaster: Bool, isAlive: Bool, _ output: inout IOBuffer
    ) {
        output.appendMapHeader(7, version)
        output.appendBulk("id")
        output.appendBulk(member.id.redisID)
        output.appendBulk("port")
        output.appendInteger(Int(member.respPort))
        for (name, value) in [
            ("ip", member.address.host), ("endpoint", member.address.host),
            ("role", isMaster ? "master" : "replica"),
        ] {
            output.appendBulk(name)
            output.appendBulk(value)
        }
        output.appendBulk("replication-offset")
        output.appendInteger(0)
        output.appendBulk("health")
        output.appendBulk(isAlive ? "online" : "fail")
    }
}

extension NodeID {
    /// Forty digits, which is what Redis clients expect of a node id.
    var redisID: String { description + "00000000" }
}

extension Node {
    /// Where a client should go with a key of the partition.
    func firstReachableOwner(of partition: Partition) -> Member? {
        let owners = topology?.owners(of: partition) ?? []
        return (owners.first(where: { isReachable($0) }) ?? owners.first).flatMap {
            topology?.member($0)
        }
    }
}
