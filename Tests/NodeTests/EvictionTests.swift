import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("A node that lets go of values for room")
struct EvictionTests {
    private let test = TestNode {
        $0.limits.memory = 4 << 20
        $0.limits.eviction = .s3fifo
    }

    private func metric(_ name: String) -> Int? {
        let text = MetricsReport.text(test.node, now: test.now)
        return text.split(separator: "\n").first { $0.hasPrefix("grepvine_\(name) ") }
            .flatMap { Int($0.dropFirst("grepvine_\(name) ".count)) }
    }

    private func limit(of key: Key) -> HybridClock? {
        key.bytes.withUnsafeBytes { test.node.store.evictionLimit(of: $0, Partition(of: key)) }
    }

    /// As another owner says it, of the same partition or not.
    private func say(_ key: Key, _ version: Version, from peer: NodeID) -> Bool {
        var bytes: [UInt8] = []
        key.bytes.withUnsafeBytes { EvictionNotice.append($0, version, to: &bytes) }
        return bytes.withUnsafeBytes {
            test.node.receiveDecisions($0, from: peer, now: test.now)
        }
    }

    private func version(_ milliseconds: Int64) -> Version {
        Version(clock: HybridClock(TestNode.start + .milliseconds(milliseconds)), origin: 3)
    }

    @Test("writes go on past the limit, and INFO, CONFIG and the metrics say why (E1)")
    func filling() throws {
        let face = TestFace(test)
        let value = String(repeating: "x", count: 1000)
        for key in 0..<12_000 {
            #expect(try face.value("SET k\(key) \(value)") == .simple("OK"))
            if key % 10 == 0 { #expect(try face.value("GET k0").text == value) }
        }
        #expect(test.metrics.overloaded == 0)
        #expect(try face.value("GET k1") == .null)
        let info = try face.value("INFO").text ?? ""
        #expect(info.contains("maxmemory_policy:s3fifo"))
        let evicted = try #require(metric("evictions_total{reason=\"limit\"}"))
        #expect(info.contains("evicted_keys:\(evicted)\r\n"))
        #expect(evicted + test.node.store.liveKeys == 12_000)
        #expect(try #require(metric("memory_allocated_bytes")) <= 4 << 20 + 1 << 17)
        #expect(try #require(metric("memory_bytes_per_key")) > 1000)
        #expect(try face.value("CONFIG GET maxmemory-policy") == config("s3fifo"))
    }

    private func config(_ policy: String) -> RESPValue {
        .array([.bulk(Array("maxmemory-policy".utf8)), .bulk(Array(policy.utf8))])
    }

    @Test("a delete of what went leaves a tombstone: some owner may hold it still (E1)")
    func delete() throws {
        let face = TestFace(test)
        #expect(try face.value("SET k v") == .simple("OK"))
        #expect(say("k", version(100), from: test.node.id))
        #expect(try face.value("GET k") == .null)
        #expect(try face.value("DEL k") == .integer(0))
        #expect(test.node.store.statistics.tombstones == 1)
        #expect(try face.value("DEL none") == .integer(0))
        #expect(test.node.store.statistics.tombstones == 1)
    }

    @Test("what strangers say, and what is stamped too far ahead, changes nothing (V3)")
    func strangers() throws {
        let face = TestFace(test)
        #expect(try face.value("SET k v") == .simple("OK"))
        #expect(say("k", version(100), from: NodeID(high: 5, low: 5)))
        #expect(say("k", version(60_000), from: test.node.id))
        #expect(limit(of: "k") == nil)
        #expect(try face.value("GET k").text == "v")
    }

    @Test("a copy of what went is refused, and its sender is to let go of it, too (E1)")
    func copies() throws {
        #expect(say("k", version(-5), from: test.node.id))
        let old = Record(key: "k", version: version(-9), value: [1])
        let new = Record(key: "k", version: version(-4), value: [2])
        #expect(test.node.merge(old.encoded(), expected: nil, now: test.now).isSuperseded)
        let refused = try #require(copy(old))
        #expect(refused.accepted == 0 && refused.isWhole)
        let notice = refused.decisions.withUnsafeBytes { EvictionNotice.first(of: $0)?.version }
        #expect(notice == old.version)
        #expect(metric("evicted_copies_total") == 1)
        let taken = try #require(copy(new))
        #expect(taken.accepted == 1 && taken.decisions.isEmpty)
        #expect(limit(of: "k") == nil)
    }

    private func copy(_ record: Record) -> MergedCopies? {
        record.encoded().withUnsafeBytes {
            test.node.mergeCopies(
                $0, from: MarkList(Partition(of: record.key), .none), now: test.now,
                accepts: { _ in true })
        }
    }
}

extension WriteCoordinator.Reply {
    fileprivate var isSuperseded: Bool { if case .superseded = self { true } else { false } }
}
