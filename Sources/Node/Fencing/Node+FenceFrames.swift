import GrepvineDistCore
import GrepvineTransport

extension Node {
    /// Frames about fences; false for what makes no sense.
    mutating func receiveFencing(
        _ kind: PeerKind, _ request: UInt64, _ body: UnsafeRawBufferPointer, from peer: NodeID,
        now: Moment
    ) -> Bool {
        switch kind {
        case .watermark:
            guard body.isEmpty else { return false }
            answerWatermark(request, to: peer, now: now)
        case .watermarkReply:
            guard let message = WatermarkMessage(decoding: body) else { return false }
            receive(message, request, from: peer, now: now)
        case .prepare:
            guard let message = RoundMessage(decoding: body) else { return false }
            receive(prepare: message, request, from: peer, now: now)
        case .prepared:
            guard let message = PreparedMessage(decoding: body) else { return false }
            receive(message, request, from: peer, now: now)
        case .settled:
            guard let message = RoundMessage(decoding: body) else { return false }
            settle(message.partition, upTo: message.limit)
        default: return false
        }
        return true
    }
}
