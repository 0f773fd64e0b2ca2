/// Packets and bytes of one kind of message.
package struct TrafficCount: Hashable, Sendable {
    package var packets = 0
    package var bytes = 0

    package init() {}
}

/// Packets and bytes by kind of message, for metrics.
package struct GossipTraffic: Hashable, Sendable {
    /// What a kind is called; the place is its number on the wire.
    package static let names = [
        "stream", "ping", "ack", "ping-request", "relayed-ack", "gossip", "pull", "table",
        "refuse", "nack", "rival",
    ]

    /// In the order of `names`.
    package private(set) var counts = [TrafficCount](
        repeating: TrafficCount(), count: GossipTraffic.names.count)

    package var total: TrafficCount {
        counts.reduce(into: TrafficCount()) {
            $0.packets += $1.packets
            $0.bytes += $1.bytes
        }
    }

    /// Kind 0 stands for everything that goes by stream.
    mutating func count(kind: UInt8, bytes: Int) {
        counts[Int(kind)].packets += 1
        counts[Int(kind)].bytes += bytes
    }
}
