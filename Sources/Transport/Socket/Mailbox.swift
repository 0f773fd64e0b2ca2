/// Messages from any thread to one: bounded, and one wake for as many as pile up. The receiver
/// takes all of them under one lock by swapping arrays.
package final class Mailbox<Message: Sendable>: @unchecked Sendable {
    // Sendable: `messages` and `isClosed` are touched under the lock only.
    @usableFromInline let lock = Lock()
    @usableFromInline var messages: [Message] = []
    @usableFromInline var isClosed = false
    package let capacity: Int
    /// Several mailboxes of one thread may share it.
    package let wakeup: Wakeup

    @inlinable
    package init(capacity: Int, wakeup: Wakeup) {
        precondition(capacity > 0, "room for \(capacity) messages")
        self.capacity = capacity
        self.wakeup = wakeup
    }

    /// False when the mailbox is full or closed, and then nothing was posted.
    @inlinable
    package func post(_ message: Message) -> Bool {
        lock.lock()
        let fits = !isClosed && messages.count < capacity
        if fits { messages.append(message) }
        lock.unlock()
        if fits { wakeup.signal() }
        return fits
    }

    /// Swaps everything posted so far into `batch`, which must be empty and whose memory is used
    /// for what comes next. Clear the wakeup before, not after.
    @inlinable
    package func drain(into batch: inout [Message]) {
        precondition(batch.isEmpty, "\(batch.count) messages would be lost")
        lock.lock()
        swap(&messages, &batch)
        lock.unlock()
    }

    /// It was closed.
    package var isOver: Bool {
        lock.lock()
        defer { lock.unlock() }
        return isClosed
    }

    /// From now on nothing can be posted; what was posted can still be drained.
    @inlinable
    package func close() {
        lock.lock()
        isClosed = true
        lock.unlock()
        wakeup.signal()
    }
}
