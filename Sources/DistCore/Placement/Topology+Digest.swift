extension Topology {
    /// A hash over every field in a fixed order, the same on every node. Lengths go first, so that
    /// no two topologies write the same bytes.
    static func digest(
        cluster: String, clusterID: NodeID, epoch: UInt64, replicas: Int, members: [Member],
        ownerTable: [UInt16]
    ) -> UInt64 {
        var writer = ByteWriter(capacity: 256 + members.count * 128 + ownerTable.count * 2)
        writer.write(text: cluster)
        writer.write(clusterID)
        writer.write(epoch)
        writer.write(UInt64(replicas))
        writer.write(UInt64(members.count))
        for member in members { writer.write(member) }
        for owner in ownerTable { writer.write(owner) }
        return unsafe Mix.hash(writer.bytes.span.bytes, seed: 0xc0ac_29b7_c97c_50dd)
    }
}

extension ByteWriter {
    fileprivate mutating func write(text: String) {
        write(UInt64(text.utf8.count))
        write(raw: Array(text.utf8))
    }

    fileprivate mutating func write(_ node: NodeID) {
        write(node.high)
        write(node.low)
    }

    fileprivate mutating func write(_ member: Member) {
        write(member.id)
        write(text: member.name)
        write(text: member.address.host)
        write(member.address.port)
        write(member.respPort)
        write(member.httpPort)
        write(member.bootEpoch)
        write(text: member.zone)
        write(text: member.host)
        write(member.weight)
        write(member.state.rawValue)
    }
}
