import GrepvineDistCore
import GrepvineTransport

extension Node {
    /// Frames of an exchange; false for what makes no sense.
    mutating func receiveExchange(
        _ kind: PeerKind, _ request: UInt64, _ body: UnsafeRawBufferPointer, from peer: NodeID,
        now: Moment
    ) -> Bool {
        switch kind {
        case .sketch:
            guard let message = SketchMessage(decoding: body) else { return false }
            receive(message, request, from: peer, now: now)
        case .sketchReply:
            guard let message = SketchReplyMessage(decoding: body) else { return false }
            receive(message, request, from: peer, now: now)
        case .fetch:
            guard let message = FetchMessage(decoding: body) else { return false }
            receive(message, request, from: peer, now: now)
        case .fetchReply:
            receive(fetchReply: body, request, from: peer, now: now)
        case .offer:
            guard let message = OfferMessage(decoding: body) else { return false }
            receive(message, request, from: peer, now: now)
        default: return false
        }
        return true
    }
}
