import GrepvineClient
import GrepvineTransport
import Testing

@Suite("When things go wrong", .timeLimit(.minutes(1)))
struct FailureTests {
    @Test("a read that is not answered in time fails as timed out and changed nothing")
    func readTimeout() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            _ = try await client.topology()
            let failure = await thrown { try await client.get("k", timeout: .milliseconds(250)) }
            #expect(failure?.code == .timedOut)
            #expect(failure?.isDefinite == true)
            #expect(failure?.message.contains("0.25 seconds") == true)
        }
    }

    @Test("a write that is not answered in time may have happened")
    func writeTimeout() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            _ = try await client.topology()
            let failure = await thrown { try await client.delete("k", timeout: .milliseconds(250)) }
            #expect(failure?.code == .timedOut)
            #expect(failure?.isDefinite == false)
        }
    }

    @Test("the node learns how long the client will wait, a little less than that")
    func deadlineOnTheWire() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            try await client.set("k", "v", timeout: .seconds(20))
        }
        let deadline = cluster.nodes[0].data[0].header.deadline
        #expect((10_000...19_950).contains(deadline))
    }

    @Test("an answer after the deadline disturbs nobody")
    func lateAnswer() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            _ = try await client.topology()
            _ = await thrown { try await client.get("slow", timeout: .milliseconds(250)) }
            async let quick = client.get("quick")
            let exchanges = await cluster.nodes[0].data(2)
            cluster.nodes[0].answer(exchanges[0], .entry(FakeCluster.entry("slow")))
            cluster.nodes[0].answer(exchanges[1], .entry(FakeCluster.entry("quick")))
            let text = try await quick?.text
            #expect(text == "quick")
        }
        #expect(cluster.nodes[0].hellos.all.count == 1)
    }

    @Test("cancelling a call ends it at once and leaves the others alive")
    func cancellation() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let doomed = Task { await thrown { try await client.set("doomed", "v") } }
            let first = await cluster.nodes[0].data(1)
            async let other = client.get("other")
            let all = await cluster.nodes[0].data(2)
            doomed.cancel()
            let failure = await doomed.value
            #expect(failure?.code == .cancelled)
            #expect(failure?.isDefinite == false)
            cluster.nodes[0].answer(first[0], .written(FakeCluster.receipt))
            cluster.nodes[0].answer(all[1], .entry(FakeCluster.entry("alive")))
            let text = try await other?.text
            #expect(text == "alive")
        }
        #expect(cluster.nodes[0].hellos.all.count == 1)
    }

    @Test("a call of a task that was cancelled before is never sent")
    func cancelledBefore() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            try await client.set("k", "v")
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await thrown { try await client.set("never", "v") }
            }
            let failure = await task.value
            #expect(failure?.code == .cancelled)
            #expect(failure?.isDefinite == true)
            try await client.set("k", "w")
        }
        #expect(cluster.nodes[0].data.count == 2)
    }

    @Test("answers may come in any order")
    func outOfOrder() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            async let texts = withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<20 {
                    group.addTask { try await client.get(Key("\(index)"))?.text == "\(index)" }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for exchange in await cluster.nodes[0].data(20).reversed() {
                guard case .get(let key, _, _) = exchange.request else { continue }
                cluster.nodes[0].answer(exchange, .entry(FakeCluster.entry("\(key)")))
            }
            let all = try await texts
            #expect(all == Array(repeating: true, count: 20))
        }
    }

    @Test("a connection lost under a write makes the write indefinite, and it is not sent again")
    func lostWrite() async throws {
        let cluster = try FakeCluster(2, replicas: 2)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            async let failed = thrown { try await client.set(cluster.key(ownedBy: 0), "v") }
            await cluster.nodes[0].data(1)
            cluster.nodes[0].closeConnections()
            let failure = await failed
            #expect(failure?.code == .disconnected)
            #expect(failure?.isDefinite == false)
        }
        #expect(cluster.nodes[1].data.isEmpty)
    }

    @Test("a connection lost under a read sends the read to another owner")
    func lostRead() async throws {
        let cluster = try FakeCluster(2, replicas: 2)
        defer { cluster.stop() }
        let topology = cluster.topology(epoch: 1, replicas: 2)
        cluster.nodes[0].onRequest { $0.isTopology ? .answer(.topology(topology)) : .close }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let text = try await client.get(cluster.key(ownedBy: 0))?.text
            #expect(text == "n2")
        }
    }

    @Test("a node that restarts is found again")
    func reconnects() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            try await client.set("k", "v")
            cluster.nodes[0].closeConnections()
            await cluster.nodes[0].closed.count(1)
            let text = try await client.get("k")?.text
            #expect(text == "n1")
        }
        #expect(cluster.nodes[0].hellos.all.count == 2)
    }

    @Test("what a node says about a write reaches the caller whole")
    func failureFromNode() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let told = Failure(
            .timedOut, "1 of 2 acks", isDefinite: false, version: FakeCluster.version, epoch: 1)
        let topology = cluster.topology(epoch: 1)
        cluster.nodes[0].onRequest {
            .answer($0.isTopology ? .topology(topology) : .failure(told))
        }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let failure = await thrown { try await client.set("k", "v") }
            #expect(failure == told)
        }
    }

    @Test("an answer to another question is a failure, not a crash")
    func wrongAnswer() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let topology = cluster.topology(epoch: 1)
        cluster.nodes[0].onRequest { .answer($0.isTopology ? .topology(topology) : .members([])) }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let read = await thrown { try await client.get("k") }
            #expect(read?.code == .badResponse)
            let write = await thrown { try await client.set("k", "v") }
            #expect(write?.isDefinite == false)
        }
    }
}
