import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("Tombstones of a node of its own")
struct FenceTests {
    private let test = TestNode()

    private var tombstones: Int { test.node.store.statistics.tombstones }

    private func metric(_ name: String) -> String? {
        let text = MetricsReport.text(test.node, now: test.now)
        return text.split(separator: "\n").first { $0.hasPrefix("grepvine_\(name) ") }
            .map { String($0.dropFirst("grepvine_\(name) ".count)) }
    }

    @Test("they go when their fence has passed them, and the numbers say so (T1, T4)")
    func purge() throws {
        let face = TestFace(test)
        for key in 0..<100 { #expect(try face.value("SET k\(key) v") == .simple("OK")) }
        for key in 0..<40 { #expect(try face.value("DEL k\(key)") == .integer(1)) }
        #expect(tombstones == 40)
        #expect(metric("tombstones") == "40")
        test.advance(.seconds(120))
        #expect(tombstones == 40)
        #expect(metric("fence_age_seconds") == "120")
        test.advance(.seconds(200))
        #expect(tombstones == 0)
        #expect(metric("tombstones") == "0")
        #expect(metric("purged_total") == "40")
        #expect(metric("fence_age_seconds") == "0")
        #expect(test.metrics.fences.settled > 0 && test.metrics.fences.abandoned == 0)
        #expect(try face.value("GET k7") == .null)
        #expect(try face.value("GET k70").text == "v")
        #expect(try face.value("DBSIZE") == .integer(60))
        // The key may be written again.
        #expect(try face.value("SET k7 new") == .simple("OK"))
        #expect(try face.value("GET k7").text == "new")
    }

    @Test("what has expired goes behind the fence as well (T4)")
    func expired() throws {
        let face = TestFace(test)
        for key in 0..<10 { #expect(try face.value("SET k\(key) v PX 5000") == .simple("OK")) }
        test.advance(.seconds(640))
        #expect(tombstones == 0)
        #expect(test.metrics.fences.purged == 10)
        #expect(test.node.store.statistics.liveBytes == 0)
    }

    @Test("a fence keeps its distance of ten seconds, however often it is raised (T1)")
    func margin() throws {
        let test = TestNode { $0.repair.purge = .milliseconds(100) }
        let face = TestFace(test)
        #expect(try face.value("SET k v") == .simple("OK"))
        #expect(try face.value("DEL k") == .integer(1))
        test.advance(.milliseconds(9900))
        #expect(test.metrics.fences.purged == 0)
        test.advance(.milliseconds(400))
        #expect(test.metrics.fences.purged == 1)
    }

    @Test("a write under an old version stays out once its delete is gone, and says so (T2, W4)")
    func lateWrite() throws {
        let face = TestFace(test)
        let version = Version(clock: HybridClock(TestNode.start), origin: 77)
        #expect(try face.value("SET k v") == .simple("OK"))
        #expect(try face.value("DEL k") == .integer(1))
        test.advance(.seconds(320))
        #expect(tombstones == 0)
        test.node.effects = []
        let id = RequestID(session: 3, number: 4)
        let requests: [Request] = [
            .set("k", value: [1], .bytes, .never, .quorum, retrying: version),
            .delete("k", .quorum, retrying: version),
        ]
        for request in requests {
            test.node.handle(.request(request, id, deadline: nil), at: test.now)
            guard case .reply(.failure(let failure), _)? = test.effects.last else {
                Issue.record("\(test.effects)")
                return
            }
            #expect(failure.code == .conflict && !failure.isDefinite)
        }
        #expect(test.metrics.fences.fencedWrites == 2)
        #expect(try face.value("GET k") == .null)
    }
}
