package import GrepvineDistCore
package import GrepvineTransport

/// The other end of `RPCSession`: a connection that this node made to a peer. After the greeting it
/// carries this node's frames and nothing comes back; the peer answers on its own link.
package struct LinkSession {
    package enum State: Hashable, Sendable {
        case greeting
        case up
        case over
    }

    package let peer: NodeID
    package private(set) var state = State.greeting
    private let decoder = FrameDecoder(limit: 1 << 20)

    package init(peer: NodeID) { self.peer = peer }

    /// The first frame, once the connection stands.
    package func greet(node: borrowing Node, output: inout IOBuffer) {
        let header = FrameHeader(
            kind: FrameKind.hello.rawValue, requestID: 1, epoch: node.topology?.epoch ?? 0)
        output.appendFrame(header, body: node.hello().encoded())
    }

    package mutating func receive(_ input: inout IOBuffer, node: inout Node, now: Moment) {
        guard state == .greeting else { return input.removeAll() }
        guard case .frame(let header, let body, let length) = frame(in: input) else { return }
        switch FrameKind(rawValue: header.kind) {
        case .welcome: welcome(body, node: &node, now: now)
        case .refused:
            if let refused = try? Refused(decoding: body) {
                node.refused(by: peer, refused.failure)
            }
            state = .over
        default: state = .over
        }
        input.consume(length)
    }

    private mutating func frame(in input: borrowing IOBuffer) -> FrameOutcome {
        let outcome = decoder.decode(UnsafeRawBufferPointer(input.readable))
        if case .invalid = outcome { state = .over }
        return outcome
    }

    /// The peer must be who gossip says it is.
    private mutating func welcome(
        _ body: UnsafeRawBufferPointer, node: inout Node, now: Moment
    ) {
        guard let welcome = try? Welcome(decoding: body), welcome.node == peer else {
            state = .over
            return
        }
        state = .up
        node.handle(.linkUp(peer), at: now)
    }
}
