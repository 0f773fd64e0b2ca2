package import GrepvineDistCore

/// What one node tells another about a member: its standing, always with name and address so that
/// whoever never heard of the member can remember it (S2), and its metadata when that is the news.
///
/// Claims merge like a lattice: in any order, any number of times, the same view comes out.
package struct Claim: Hashable, Sendable {
    package var id: NodeID
    /// Name and address are fixed for one boot epoch.
    package var name: String
    package var address: Address
    package var standing: Standing
    /// Who failed to reach it, at most `GossipLimit.accusers`; empty unless suspect.
    package var accusers: [NodeID]
    package var profile: Profile?

    package init(
        id: NodeID, name: String, address: Address, standing: Standing, accusers: [NodeID] = [],
        profile: Profile? = nil
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.standing = standing
        self.accusers = accusers
        self.profile = profile
    }

    private static let profileFlag: UInt8 = 0x80

    package func encode(into writer: inout ByteWriter) {
        writer.write(standing.liveness.rank | (profile == nil ? 0 : Self.profileFlag))
        writer.write(id)
        writer.write(standing.bootEpoch)
        writer.write(standing.incarnation)
        writer.write(text: name)
        writer.write(text: address.host)
        writer.write(address.port)
        if standing.liveness == .suspect {
            writer.write(UInt8(accusers.count))
            for accuser in accusers { writer.write(accuser) }
        }
        if let profile {
            writer.write(profile.version)
            var blob = ByteWriter(capacity: 128)
            profile.metadata.encode(into: &blob)
            writer.write(medium: blob.bytes)
        }
    }

    package init?(from reader: inout ByteReader) {
        guard let flags = reader.readUInt8(),
            let liveness = MemberStatus.Liveness(rank: flags & ~Self.profileFlag),
            let id = reader.readNodeID(),
            let bootEpoch = reader.readCounter(), let incarnation = reader.readCounter(),
            let name = reader.readText(limit: GossipLimit.memberName),
            let host = reader.readText(limit: GossipLimit.host),
            let port = reader.readUInt16(),
            let accusers = liveness == .suspect ? Self.readAccusers(&reader) : []
        else { return nil }
        self.init(
            id: id, name: name, address: Address(host: host, port: port),
            standing: Standing(bootEpoch: bootEpoch, incarnation: incarnation, liveness: liveness),
            accusers: accusers)
        guard flags & Self.profileFlag != 0 else { return }
        guard let version = reader.readCounter(), let blob = reader.readMedium(),
            let metadata = Metadata(blob)
        else { return nil }
        profile = Profile(version: version, metadata: metadata)
    }

    private static func readAccusers(_ reader: inout ByteReader) -> [NodeID]? {
        guard let count = reader.readUInt8(), count <= GossipLimit.accusers else { return nil }
        var accusers: [NodeID] = []
        for _ in 0..<count {
            guard let accuser = reader.readNodeID() else { return nil }
            accusers.append(accuser)
        }
        return accusers
    }
}
