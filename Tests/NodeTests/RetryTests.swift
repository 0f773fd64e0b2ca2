import GrepvineDistCore
import Testing

@testable import GrepvineNode

@Suite("Writing again under the version of an attempt that may have happened (W4)")
struct RetryTests {
    private let test = TestNode()
    private var version: Version {
        Version(clock: HybridClock(TestNode.start), origin: 77)
    }

    private func ask(_ request: Request) -> Response? {
        test.node.effects = []
        let id = RequestID(session: 3, number: 4)
        test.node.handle(.request(request, id, deadline: nil), at: test.now)
        for case .reply(let response, id) in test.node.effects { return response }
        return nil
    }

    private func set(
        _ value: [UInt8], _ expiration: Expiration = .never, retrying: Version?
    ) -> Response? {
        ask(.set("k", value: value, .bytes, expiration, .quorum, retrying: retrying))
    }

    private func refusal(_ response: Response?) -> Failure? {
        if case .failure(let failure)? = response { failure } else { nil }
    }

    private func stored() -> (value: [UInt8], version: Version)? {
        guard case .entry(let entry?)? = ask(.get("k", .quorum)) else { return nil }
        return (entry.value, entry.version)
    }

    @Test("it is written under that version, once, however often it is tried")
    func isIdempotent() {
        for _ in 0..<3 {
            guard case .written(let receipt)? = set([1], retrying: version) else {
                Issue.record("not written")
                return
            }
            #expect(receipt.version == version)
            #expect(receipt.acks == 1)
            #expect(stored()?.version == version)
        }
        #expect(test.metrics.versionsReused == 0)
    }

    @Test("something newer stays, and the failure says that it never happens any more")
    func isNotWrittenOver() throws {
        _ = set([1], retrying: version)
        test.advance(.seconds(1))
        _ = set([2], retrying: nil)
        let failure = try #require(refusal(set([1], retrying: version)))
        #expect(failure.code == .conflict)
        #expect(!failure.isDefinite)
        #expect(stored()?.value == [2])
        let deletion = try #require(refusal(ask(.delete("k", .quorum, retrying: version))))
        #expect(deletion.code == .conflict)
        #expect(stored()?.value == [2])
    }

    @Test("a deletion leaves its tombstone although there is nothing to delete any more")
    func deletesAgain() {
        for _ in 0..<2 {
            guard case .written(let receipt)? = ask(.delete("k", .quorum, retrying: version))
            else {
                Issue.record("not deleted")
                return
            }
            #expect(receipt.version == version)
        }
        #expect(stored() == nil)
        // Anything older is below the tombstone.
        let older = Version(clock: HybridClock(TestNode.start), origin: 1)
        #expect(refusal(set([1], retrying: older))?.code == .conflict)
    }

    @Test("another value under the same version is refused and counted, and the first stays (V2)")
    func refusesOtherValue() throws {
        _ = set([1], retrying: version)
        let failure = try #require(refusal(set([2], retrying: version)))
        #expect(failure.code == .badRequest)
        #expect(failure.message.contains("names another value already"))
        #expect(stored()?.value == [1])
        #expect(test.metrics.versionsReused == 1)
    }

    @Test("a version from the future and a kept expiry are refused, and nothing is written")
    func refusals() throws {
        let ahead = Version(clock: HybridClock(TestNode.start + .seconds(60)), origin: 7)
        for response in [set([1], retrying: ahead), set([1], .keep, retrying: version)] {
            #expect(try #require(refusal(response)).code == .badRequest)
            #expect(stored() == nil)
        }
    }
}
