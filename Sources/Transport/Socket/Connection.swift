import CLinux
import Glibc

/// One TCP connection with its two buffers. It moves bytes when told to and never waits; what the
/// bytes mean, and when to give up on a slow peer, is the owner's.
package final class Connection {
    package enum Filled: Hashable, Sendable {
        case read(Int)
        case wouldBlock
        /// `inputLimit` bytes are waiting: consume some first.
        case full
        /// The peer will send no more; it may still read (half-close).
        case closed
        case failed(Int32)
    }

    package enum Flushed: Hashable, Sendable {
        case done
        /// The peer is not reading: ask for `.write` and flush again then.
        case wouldBlock
        case failed(Int32)
    }

    /// The smallest room given to one read.
    private static let readSize = 16 << 10

    /// -1 once closed.
    @exclusivity(unchecked) package private(set) var descriptor: Int32
    package let peer: SocketAddress
    // One thread owns a connection, so these need no check of exclusive access, which would cost
    // as much as appending a short reply.
    @exclusivity(unchecked) package var input = IOBuffer()
    @exclusivity(unchecked) package var output = IOBuffer()
    /// Input is not read beyond this many pending bytes.
    package let inputLimit: Int
    /// Bytes that may wait for a peer that does not read; see `isOverOutputLimit`.
    package let outputLimit: Int
    @exclusivity(unchecked) package private(set) var bytesReceived: UInt64 = 0
    @exclusivity(unchecked) package private(set) var bytesSent: UInt64 = 0
    /// The last `fill` took all that there was room for: more may be waiting.
    @exclusivity(unchecked) package private(set) var mayHoldMore = false
    /// The connection is still being made: when writable, call `finishConnecting`.
    @exclusivity(unchecked) package private(set) var isConnecting: Bool

    /// Takes over an accepted descriptor.
    package init(
        _ accepted: Accepted, inputLimit: Int = 32 << 20, outputLimit: Int = 64 << 20
    ) {
        descriptor = accepted.descriptor
        peer = accepted.peer
        self.inputLimit = inputLimit
        self.outputLimit = outputLimit
        isConnecting = false
    }

    /// Starts to connect.
    package init(
        to peer: SocketAddress, inputLimit: Int = 32 << 20, outputLimit: Int = 64 << 20
    ) throws(SocketError) {
        var plain = peer.plain
        var pending: Int32 = 0
        descriptor = try checked(grepvine_connect(&plain, &pending), .connect, peer.description)
        self.peer = peer
        self.inputLimit = inputLimit
        self.outputLimit = outputLimit
        isConnecting = pending != 0
    }

    deinit { close() }

    /// Whether the connection was made, once the descriptor is writable or hung up.
    package func finishConnecting() throws(SocketError) {
        isConnecting = false
        _ = try checked(grepvine_connect_result(descriptor), .connect, peer.description)
    }

    /// One read into the input buffer, with room for at least `expected` bytes when the owner
    /// knows that so many are coming.
    package func fill(expecting expected: Int = 0) -> Filled {
        let allowed = inputLimit - input.count
        guard allowed > 0 else { return .full }
        let room = input.prepare(min(allowed, max(Self.readSize, expected)))
        let size = min(room.count, allowed)
        let got = grepvine_receive(descriptor, room.baseAddress, size)
        mayHoldMore = got == size
        if got > 0 {
            input.commit(Int(got))
            bytesReceived &+= UInt64(got)
            return .read(Int(got))
        }
        if got == 0 { return .closed }
        return got == -Int64(EAGAIN) ? .wouldBlock : .failed(Int32(-got))
    }

    /// One write of everything in the output buffer.
    package func flush() -> Flushed {
        let pending = output.readable
        guard pending.count > 0 else { return .done }
        let sent = grepvine_send(descriptor, pending.baseAddress, pending.count)
        guard sent >= 0 else {
            return sent == -Int64(EAGAIN) ? .wouldBlock : .failed(Int32(-sent))
        }
        output.consume(Int(sent))
        bytesSent &+= UInt64(sent)
        return output.isEmpty ? .done : .wouldBlock
    }

    /// More waits for the peer than the limit: stop reading from it, or cut it off.
    package var isOverOutputLimit: Bool { output.count > outputLimit }

    /// Gives back the memory of buffers that are empty and larger than `kept`. For idle times.
    package func shrink(keeping kept: Int = 0) {
        input.shrink(keeping: kept)
        output.shrink(keeping: kept)
    }

    /// Says that nothing more will be sent; reading goes on.
    package func finishSending() { grepvine_shutdown_sending(descriptor) }

    /// Remove it from the poller first.
    package func close() {
        guard descriptor >= 0 else { return }
        grepvine_close(descriptor)
        descriptor = -1
    }
}
