package import GrepvineDistCore

/// Datagrams and frames that are held back until they are due, within a bound (W6). What is due at
/// the same time leaves in the order of coming.
package struct HeldTraffic: Sendable {
    /// Where one goes on to.
    package enum Way: Hashable, Sendable {
        case datagram(to: SocketAddress)
        case arrivedDatagram(from: Address)
        /// A frame to send on this connection, or one that came on it.
        case frame(session: UInt64)
        case arrivedFrame(session: UInt64)
    }

    package struct Item: Sendable {
        package let way: Way
        package let bytes: [UInt8]
        fileprivate let due: Instant
        fileprivate let number: UInt64

        fileprivate func isBefore(_ other: Item) -> Bool {
            (due, number) < (other.due, other.number)
        }
    }

    /// Bytes that are held at most.
    private let limit: Int
    package private(set) var bytes = 0
    /// A binary heap, the next one first.
    private var items: [Item] = []
    private var number: UInt64 = 0

    package init(limit: Int) { self.limit = limit }

    /// When the next one is due.
    package var nextDue: Instant { items.first?.due ?? .distantFuture }

    /// False when there is no room.
    package mutating func hold(_ bytes: [UInt8], on way: Way, until due: Instant) -> Bool {
        guard self.bytes + bytes.count <= limit else { return false }
        self.bytes += bytes.count
        number += 1
        items.append(Item(way: way, bytes: bytes, due: due, number: number))
        var child = items.count - 1
        while child > 0, items[child].isBefore(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
        return true
    }

    /// The next one that is due; nil when none is.
    package mutating func take(_ now: Instant) -> Item? {
        guard nextDue <= now else { return nil }
        items.swapAt(0, items.count - 1)
        let item = items.removeLast()
        sink()
        bytes -= item.bytes.count
        return item
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && items[child].isBefore(items[least]) {
                least = child
            }
            if least == parent { return }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
