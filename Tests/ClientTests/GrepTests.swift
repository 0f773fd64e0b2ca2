import GrepvineClient
import GrepvineTransport
import Testing

@Suite("Grep", .timeLimit(.minutes(1)))
struct GrepTests {
    /// Batches of two hits, numbered from 0, the last with a summary.
    private static func batch(_ number: Int, of count: Int) -> GrepBatch {
        let hits = [2 * number, 2 * number + 1].map {
            DocumentHit(key: Key("doc-\($0)"), version: FakeCluster.version, matchingLines: $0)
        }
        var summary = GrepSummary()
        summary.documentsSearched = 99
        return GrepBatch(stream: 5, hits: hits, summary: number == count - 1 ? summary : nil)
    }

    /// Serves one stream of `count` batches.
    private static func serve(_ cluster: FakeCluster, _ count: Int) {
        let asked = Journal<Int>()
        cluster.nodes[0].onRequest { exchange in
            switch exchange.request {
            case .grep, .grepNext:
                asked.add(0)
                return .answer(.hits(batch(asked.all.count - 1, of: count)))
            default: return .answer(.members([]))
            }
        }
    }

    @Test("hits come in order, and the summary last", arguments: [1, 2, 5])
    func wholeStream(_ batches: Int) async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        Self.serve(cluster, batches)
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            var keys: [String] = []
            var summaries: [GrepSummary] = []
            for try await event in client.grep(GrepQuery("x")) {
                switch event {
                case .hit(let hit):
                    #expect(summaries.isEmpty)
                    keys.append("\(hit.key)")
                case .summary(let summary): summaries.append(summary)
                }
            }
            #expect(keys == (0..<2 * batches).map { "doc-\($0)" })
            #expect(summaries.map(\.documentsSearched) == [99])
        }
        let requests = cluster.nodes[0].dataRequests
        #expect(requests.first == .grep(GrepQuery("x")))
        #expect(requests.dropFirst().allSatisfy { $0 == .grepNext(stream: 5) })
        #expect(requests.count == batches)
    }

    @Test("a page goes on behind the cursor of the one before")
    func cursor() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        Self.serve(cluster, 1)
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            for try await _ in client.grep(GrepQuery("x"), after: "AbC-_") {}
        }
        var query = GrepQuery("x")
        query.cursor = "AbC-_"
        #expect(cluster.nodes[0].dataRequests.first == .grep(query))
    }

    @Test("one batch is fetched ahead of the loop, and no more")
    func backPressure() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        Self.serve(cluster, 4)
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            var events = client.grep(GrepQuery("x")).makeAsyncIterator()
            for batch in 0..<3 {
                for _ in 0..<2 { _ = try await events.next() }
                // The first of a batch asks for the next one; a call after it on the same
                // connection proves that nothing else was asked for.
                await cluster.nodes[0].data(batch + 2)
                _ = try await client.members()
                let greps = cluster.nodes[0].dataRequests.filter { $0 != .members }
                #expect(greps.count == batch + 2)
            }
        }
    }

    @Test("leaving the loop early cancels the stream on the node")
    func earlyExit() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        Self.serve(cluster, 100)
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            for try await _ in client.grep(GrepQuery("x")) { break }
            await cluster.nodes[0].requests.first {
                $0.contains { $0.request == .grepCancel(stream: 5) }
            }
        }
        // The query, one batch ahead at most, and the end.
        #expect(cluster.nodes[0].requests.all.count <= 3)
    }

    @Test("cancelling the task ends the loop, and a first batch that comes late is cancelled")
    func cancelledBeforeFirstBatch() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.nodes[0].onRequest { _ in .hold }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let loop = Task {
                await thrown { for try await _ in client.grep(GrepQuery("x")) {} }
            }
            let asked = await cluster.nodes[0].data(1)
            loop.cancel()
            let failure = await loop.value
            #expect(failure?.code == .cancelled)
            cluster.nodes[0].answer(asked[0], .hits(Self.batch(0, of: 3)))
            let requests = await cluster.nodes[0].data(2)
            #expect(requests.last?.request == .grepCancel(stream: 5))
        }
    }

    @Test("a connection lost in the middle fails the loop after the hits that came")
    func lostConnection() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.nodes[0].onRequest { exchange in
            if case .grep = exchange.request { return .answer(.hits(Self.batch(0, of: 3))) }
            return .close
        }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            var hits = 0
            let failure = await thrown {
                for try await event in client.grep(GrepQuery("x")) {
                    if case .hit = event { hits += 1 }
                }
            }
            #expect(failure?.code == .disconnected)
            #expect(hits == 2)
        }
    }

    @Test("a bad pattern fails the loop with the node's own words")
    func badPattern() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let told = Failure(.badPattern, "a ( has no )")
        cluster.nodes[0].onRequest { _ in .answer(.failure(told)) }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            var events = client.grep(GrepQuery("(")).makeAsyncIterator()
            do throws(Failure) {
                _ = try await events.next()
                Issue.record("the failure got lost")
            } catch {
                #expect(error == told)
            }
            let after = try await events.next()
            #expect(after == nil)
        }
    }
}
