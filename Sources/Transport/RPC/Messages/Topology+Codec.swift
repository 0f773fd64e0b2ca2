package import GrepvineDistCore

extension MsgpackWriter {
    package mutating func write(_ topology: Topology) {
        writeArray(count: 6)
        write(topology.cluster)
        write(topology.clusterID)
        write(topology.epoch)
        write(count: topology.replicas)
        writeArray(count: topology.members.count)
        for member in topology.members { write(member) }
        write(binary: Packed.bytes(topology.ownerTable))
    }

    package mutating func write(_ member: Member) {
        writeArray(count: 10)
        write(member.id)
        write(member.name)
        write(member.address)
        write(UInt64(member.respPort))
        write(UInt64(member.httpPort))
        write(member.bootEpoch)
        write(member.zone)
        write(member.host)
        write(UInt64(member.weight))
        write(UInt64(member.state.rawValue))
    }
}

extension MsgpackReader {
    package mutating func readTopology() throws(MsgpackError) -> Topology {
        try enterArray(6)
        let topology = Topology(
            cluster: try readString(), clusterID: try readNodeID(), epoch: try readUInt(),
            replicas: try readCount(),
            members: try readList { (reader) throws(MsgpackError) in try reader.readMember() },
            ownerTable: try readPackedNumbers())
        guard let topology else { throw .invalid("a topology without contradictions") }
        return topology
    }

    package mutating func readMember() throws(MsgpackError) -> Member {
        try enterArray(10)
        return Member(
            id: try readNodeID(), name: try readString(), address: try readAddress(),
            respPort: try readUInt16(), httpPort: try readUInt16(), bootEpoch: try readUInt(),
            zone: try readString(), host: try readString(), weight: try readUInt16(),
            state: try readMemberState())
    }

    private mutating func readMemberState() throws(MsgpackError) -> Member.State {
        guard let state = Member.State(rawValue: try readUInt8()) else {
            throw .invalid("the state of a member")
        }
        return state
    }
}
