import CLinux

/// What to be told about.
package struct Interest: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let read = Interest(rawValue: grepvine_readable)
    package static let write = Interest(rawValue: grepvine_writable)
    /// Be told of changes only, which costs the system half as much: what is left unread must be
    /// asked for again, with `Poller.modify`.
    package static let edges = Interest(rawValue: grepvine_edges)
}

/// One descriptor that is ready.
package struct Readiness: Sendable {
    package let token: UInt64
    let ready: UInt32

    package var isReadable: Bool { ready & grepvine_readable != 0 }
    package var isWritable: Bool { ready & grepvine_writable != 0 }
    /// The peer has sent its last byte, which may be behind others (with `Interest.edges`).
    package var isEnding: Bool { ready & grepvine_ending != 0 }
    /// The connection is gone both ways, or failed. Reading tells which.
    package var isHungUp: Bool { ready & grepvine_hung_up != 0 }
}

/// Waits for descriptors. What is not dealt with is reported again, so ask for `.write` only while
/// output is pending; with `.edges` it is not. A token names the descriptor to the owner.
package struct Poller: ~Copyable, @unchecked Sendable {
    // Sendable: descriptor and event array are used by the one owner of this value.
    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<grepvine_event>

    /// At most `capacity` events come back from one wait.
    package init(capacity: Int = 256) throws(SocketError) {
        precondition(capacity > 0, "room for \(capacity) events")
        descriptor = try checked(grepvine_poll_create(), .poll)
        events = .allocate(capacity: capacity)
        events.initialize(repeating: grepvine_event(token: 0, ready: 0))
    }

    deinit {
        events.deallocate()
        grepvine_close(descriptor)
    }

    package func add(
        _ descriptor: Int32, token: UInt64, interest: Interest
    ) throws(SocketError) {
        _ = try checked(
            grepvine_poll_add(self.descriptor, descriptor, token, interest.rawValue), .poll)
    }

    package func modify(
        _ descriptor: Int32, token: UInt64, interest: Interest
    ) throws(SocketError) {
        _ = try checked(
            grepvine_poll_modify(self.descriptor, descriptor, token, interest.rawValue), .poll)
    }

    /// Call before the descriptor is closed.
    package func remove(_ descriptor: Int32) throws(SocketError) {
        _ = try checked(grepvine_poll_remove(self.descriptor, descriptor), .poll)
    }

    /// How many events there are, readable through the subscript until the next wait. Waits until
    /// there is one or `timeout` has passed, rounded up to milliseconds; nil waits for ever.
    package func wait(timeout: Duration?) throws(SocketError) -> Int {
        let count = grepvine_poll_wait(
            descriptor, events.baseAddress, Int32(events.count), Self.milliseconds(timeout))
        return Int(try checked(count, .poll))
    }

    package subscript(_ index: Int) -> Readiness {
        Readiness(token: events[index].token, ready: events[index].ready)
    }

    private static func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        guard timeout > .zero else { return 0 }
        let (seconds, attoseconds) = timeout.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        let millisecond: Int64 = 1_000_000_000_000_000
        return Int32(seconds * 1000 + (attoseconds + millisecond - 1) / millisecond)
    }
}
