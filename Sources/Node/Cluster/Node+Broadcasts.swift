import GrepvineDistCore
import GrepvineGossip

/// What nodes tell one another about the cluster besides who is in it: small, the newest word of
/// each kind, best effort (S5).
///
/// A new kind of thing to tell needs a `BroadcastKind`, a payload that decodes totally, and a case
/// in `heard`.
extension Node {
    /// To all members, in place of what this node said before about the same kind of thing.
    mutating func broadcast(_ kind: BroadcastKind, _ payload: [UInt8], now: Moment) {
        gossip.broadcast(kind, payload, now: now.instant)
    }

    /// A member's newest word of one kind. Kinds that this version does not know pass by.
    mutating func heard(_ broadcast: GossipBroadcast, now: Moment) {
        switch broadcast.kind {
        case .topology:
            guard let news = TopologyNews(broadcast.payload) else { return }
            heard(news, from: broadcast.origin.id, now: now)
        default: break
        }
    }

    private mutating func heard(_ news: TopologyNews, from peer: NodeID, now: Moment) {
        guard let topology, news.clusterID == topology.clusterID, news.epoch > topology.epoch
        else { return }
        pullTopology(from: peer, now: now)
    }
}

/// The topology that a node has just taken over.
struct TopologyNews: Hashable {
    var clusterID: NodeID
    var epoch: UInt64
    var digest: UInt64

    init(_ topology: Topology) {
        clusterID = topology.clusterID
        epoch = topology.epoch
        digest = topology.digest
    }

    init?(_ payload: [UInt8]) {
        var reader = ByteReader(payload)
        guard let high = reader.readUInt64(), let low = reader.readUInt64(),
            let epoch = reader.readUInt64(), let digest = reader.readUInt64()
        else { return nil }
        clusterID = NodeID(high: high, low: low)
        (self.epoch, self.digest) = (epoch, digest)
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 32)
        for word in [clusterID.high, clusterID.low, epoch, digest] { writer.write(word) }
        return writer.bytes
    }
}
