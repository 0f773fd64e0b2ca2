import Glibc
import GrepvineDistCore
import Testing

@testable import GrepvineTransport

/// Runs `body` on a thread of its own.
func onThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Box(body)).toOpaque()
    let code = pthread_create(
        &thread, nil,
        {
            Unmanaged<Box>.fromOpaque($0!).takeRetainedValue().body()
            return nil
        }, argument)
    precondition(code == 0)
    return thread
}

@Suite struct MailboxTests {
    @Test("everything that two threads post arrives once and in each one's order")
    func twoThreads() throws {
        let mailbox = Mailbox<Int>(capacity: 1000, wakeup: try Wakeup())
        let perThread = 20_000
        let threads = [0, 1].map { which in
            onThread {
                for number in 0..<perThread {
                    while !mailbox.post(which * perThread + number) { sched_yield() }
                }
            }
        }
        let poller = try Poller()
        try poller.add(mailbox.wakeup.descriptor, token: 0, interest: .read)
        var seen: [[Int]] = [[], []]
        var batch: [Int] = []
        while seen[0].count + seen[1].count < 2 * perThread {
            try #require(try poller.wait(timeout: .seconds(10)) > 0, "a wake was lost")
            mailbox.wakeup.clear()
            mailbox.drain(into: &batch)
            #expect(batch.count <= mailbox.capacity)
            for message in batch { seen[message / perThread].append(message % perThread) }
            batch.removeAll(keepingCapacity: true)
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(seen[0] == Array(0..<perThread) && seen[1] == Array(0..<perThread))
    }

    @Test("a full or closed mailbox takes nothing, and what is in it is kept")
    func bounds() throws {
        let mailbox = Mailbox<Int>(capacity: 2, wakeup: try Wakeup())
        #expect(mailbox.post(1) && mailbox.post(2) && !mailbox.post(3))
        var batch: [Int] = []
        mailbox.drain(into: &batch)
        #expect(batch == [1, 2])
        #expect(mailbox.post(4))
        mailbox.close()
        #expect(!mailbox.post(5))
        batch = []
        mailbox.drain(into: &batch)
        #expect(batch == [4])
    }

    @Test("many signals are one wake")
    func coalescing() throws {
        let wakeup = try Wakeup()
        let poller = try Poller()
        try poller.add(wakeup.descriptor, token: 0, interest: .read)
        for _ in 0..<10 { wakeup.signal() }
        #expect(try poller.wait(timeout: .zero) == 1)
        wakeup.clear()
        #expect(try poller.wait(timeout: .zero) == 0)
        wakeup.signal()
        #expect(try poller.wait(timeout: .zero) == 1)
    }
}
