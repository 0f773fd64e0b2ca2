import CLinux
import Synchronization

/// Wakes a thread that waits in a `Poller`, from any thread. Signals that come before the sleeper
/// has cleared the last one cost one atomic exchange and no system call.
package final class Wakeup: Sendable {
    /// Register it for reading.
    package let descriptor: Int32
    private let isSignalled = Atomic(false)

    package init() throws(SocketError) {
        descriptor = try checked(grepvine_wakeup_create(), .wake)
    }

    deinit { grepvine_close(descriptor) }

    package func signal() {
        if isSignalled.exchange(true, ordering: .acquiringAndReleasing) { return }
        let code = grepvine_wakeup_signal(descriptor)
        precondition(code == 0, "eventfd write: error \(-code)")
    }

    /// Call first thing after waking and look for work after it: what is posted later signals
    /// again, so nothing is slept through.
    package func clear() {
        let code = grepvine_wakeup_clear(descriptor)
        precondition(code == 0, "eventfd read: error \(-code)")
        isSignalled.store(false, ordering: .sequentiallyConsistent)
    }
}
