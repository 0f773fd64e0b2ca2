import GrepvineDistCore
import Testing

@testable import GrepvineNode

@Suite("Routing health (S4)")
struct RouteHealthTests {
    private static func at(_ milliseconds: Int64) -> Instant {
        .start + .milliseconds(milliseconds)
    }

    @Test("some silent calls open the breaker, its time passes, and each further one doubles it")
    func breaker() {
        var route = RouteHealth()
        let opened = (0..<RouteHealth.patience).map { _ in route.wasSilent(at: .start) }
        #expect(opened == [false, false, true])
        #expect(route.isAvoided(at: Self.at(499)) && !route.isAvoided(at: Self.at(500)))
        #expect(route.isOpen)
        // The one that was let through was silent too.
        let again = route.wasSilent(at: Self.at(600))
        #expect(again && route.isAvoided(at: Self.at(1599)) && !route.isAvoided(at: Self.at(1600)))
        route.answered(after: .milliseconds(3))
        #expect(!route.isOpen && !route.isAvoided(at: Self.at(601)))
        let once = route.wasSilent(at: Self.at(700))
        #expect(!once)
    }

    @Test("latency is smoothed, and only powers of two change the order")
    func rank() {
        var fast = RouteHealth()
        var slow = RouteHealth()
        #expect(fast.rank(at: .start) == slow.rank(at: .start))
        fast.answered(after: .microseconds(200))
        slow.answered(after: .microseconds(900))
        #expect(fast.rank(at: .start) == slow.rank(at: .start))
        for _ in 0..<40 { slow.answered(after: .milliseconds(40)) }
        #expect(slow.latency.map { $0 > .milliseconds(35) && $0 <= .milliseconds(40) } == true)
        #expect(fast.rank(at: .start) < slow.rank(at: .start))
        for _ in 0..<RouteHealth.patience { _ = fast.wasSilent(at: .start) }
        #expect(fast.rank(at: .start) > slow.rank(at: .start))
    }
}
