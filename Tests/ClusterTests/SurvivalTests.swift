import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("A cluster with one node gone")
    struct Survival {
        @Test("what any node acknowledged at QUORUM is read at QUORUM from every node")
        func anyNodeServes() async throws {
            try await ProcessCluster.run { cluster in
                let faces = try (0..<3).map { try cluster.redis($0) }
                for (writer, face) in faces.enumerated() {
                    for key in 0..<20 {
                        let set = try face.call("SET", "key:\(writer):\(key)", "\(writer)-\(key)")
                        try #require(set == .ok)
                        for reader in faces {
                            let value = try reader.call("GET", "key:\(writer):\(key)").text
                            try #require(value == "\(writer)-\(key)")
                        }
                    }
                }
                // A delete and an overwrite are seen everywhere, too.
                try #require(try faces[0].call("SET", "key:1:0", "new") == .ok)
                try #require(try faces[2].call("DEL", "key:1:1").integer == 1)
                for reader in faces {
                    try #require(try reader.call("GET", "key:1:0").text == "new")
                    try #require(try reader.call("GET", "key:1:1") == .null)
                }
            }
        }

        @Test(
            "after kill -9 QUORUM goes on, ALL names the missing owner at once, acks stay true (W5)"
        )
        func killed() async throws {
            try await ProcessCluster.run { cluster in
                try await Self.write(cluster, "before", count: 60, acks: 2...3)
                cluster.kill9(2)
                let face = try cluster.redis(0)
                try await eventually("a QUORUM write after the kill", within: .seconds(3)) {
                    try face.call("SET", "first", "1") == .ok
                }
                // From now on nothing fails any more, on either node.
                for index in 0..<2 {
                    let face = try cluster.redis(index)
                    for key in 0..<100 {
                        try #require(try face.call("SET", "after:\(key)", "\(index)") == .ok)
                        try #require(try face.call("GET", "after:\(key)").text == "\(index)")
                        let old = try face.call("GET", "before:\(key % 60)").text
                        try #require(old == "before \(key % 60)")
                    }
                    try Self.checkAll(face, missing: "n3")
                }
                try await Self.write(cluster, "during", count: 40, acks: 2...2, on: [0, 1])
            }
        }

        @Test(
            "a killed node starts again with nothing, recovers by itself and holds everything (R5)")
        func comesBack() async throws {
            try await ProcessCluster.run { cluster in
                try await Self.write(cluster, "before", count: 200, acks: 2...3)
                let id = try Self.myID(cluster, 2)
                cluster.kill9(2)
                try await eventually("a QUORUM write after the kill", within: .seconds(3)) {
                    try cluster.redis(0).call("SET", "first", "1") == .ok
                }
                try await Self.write(cluster, "during", count: 200, acks: 2...2, on: [0, 1])
                try cluster.start(2)
                try await cluster.waitReady([2])
                try #require(try Self.myID(cluster, 2) == id)
                // ALL needs the answer of every owner, so it fails unless the third holds its part.
                for index in 0..<3 {
                    let face = try cluster.redis(index)
                    try #require(try face.call("CONSISTENCY", "ALL") == .ok)
                    for key in 0..<200 {
                        for kind in ["before", "during"] {
                            let value = try face.call("GET", "\(kind):\(key)")
                            try #require(value.text == "\(kind) \(key)")
                        }
                    }
                }
                // With another one gone, what it recovered is what a quorum rests on.
                cluster.kill9(0)
                try await eventually(
                    "a QUORUM read through the restarted node", within: .seconds(3)
                ) {
                    try cluster.redis(2).call("GET", "during:0").text == "during 0"
                }
                for key in 0..<200 {
                    let value = try cluster.redis(2).call("GET", "during:\(key)").text
                    try #require(value == "during \(key)")
                }
            }
        }

        @Test("a node that stops for two seconds stops nobody, and knows everything afterwards")
        func paused() async throws {
            try await ProcessCluster.run { cluster in
                try await Self.write(cluster, "before", count: 20, acks: 2...3)
                cluster.stop(1)
                defer { cluster.cont(1) }
                let clock = ContinuousClock()
                let end = clock.now + .seconds(2)
                let face = try cluster.redis(0)
                var writes = 0
                while clock.now < end {
                    let started = clock.now
                    try #require(try face.call("SET", "paused:\(writes % 50)", "\(writes)") == .ok)
                    let value = try face.call("GET", "paused:\(writes % 50)").text
                    try #require(value == "\(writes)")
                    try #require(clock.now - started < .seconds(3))
                    writes += 1
                }
                try #require(writes >= 50)
                cluster.cont(1)
                for index in 0..<3 {
                    let face = try cluster.redis(index)
                    try #require(try face.call("CONSISTENCY", "ALL") == .ok)
                    for key in 0..<50 {
                        let expected = (0..<writes).last { $0 % 50 == key }.map { "\($0)" }
                        try await eventually("n\(index + 1) agrees at ALL", within: .seconds(10)) {
                            try face.call("GET", "paused:\(key)").text == expected
                        }
                    }
                }
            }
        }

        @Test("a write that may have happened is written once when it is retried (W4)")
        func retried() async throws {
            try await ProcessCluster.run { cluster in
                try await withClient(cluster.proxy(0)) { client in
                    cluster.stop(1)
                    cluster.stop(2)
                    defer { for index in [1, 2] { cluster.cont(index) } }
                    let failure = await #expect(throws: Failure.self) {
                        try await client.set(
                            "k", [1], consistency: .quorum, timeout: .seconds(1))
                    }
                    #expect(failure?.isDefinite == false)
                    let version = try #require(failure?.version)
                    #expect(failure?.message.contains("\(version)") == true)
                    for index in [1, 2] { cluster.cont(index) }
                    let retry: @Sendable () async throws -> WriteReceipt = {
                        try await client.set(
                            "k", [1], consistency: .all, retrying: version, timeout: .seconds(2))
                    }
                    try await eventually("the retry reaches all", within: .seconds(20)) {
                        let receipt = try? await retry()
                        return receipt?.version == version && receipt?.acks == 3
                    }
                    let newer = try await client.set("k", [2], consistency: .all)
                    #expect(newer.version > version)
                    let late = await #expect(throws: Failure.self) { _ = try await retry() }
                    #expect(late?.code == .conflict)
                    #expect(try await client.get("k", consistency: .all)?.value == [2])
                }
            }
        }

        @Test("with two of three gone QUORUM fails at once and says that nothing happened (W4)")
        func twoGone() async throws {
            try await ProcessCluster.run { cluster in
                cluster.kill9(1)
                cluster.kill9(2)
                try await withClient(cluster.proxy(0)) { client in
                    try await eventually("the survivor knows", within: .seconds(10)) {
                        let seen = try await client.members()
                        return seen.count { $0.liveness == .dead } == 2
                    }
                    let clock = ContinuousClock()
                    let started = clock.now
                    let failure = await #expect(throws: Failure.self) {
                        try await client.set("k", "v", consistency: .quorum)
                    }
                    #expect(clock.now - started < .seconds(1))
                    #expect(failure?.code == .unavailable)
                    #expect(failure?.isDefinite == true)
                    #expect(failure?.message.contains("n2") == true)
                    #expect(failure?.message.contains("n3") == true)
                    let receipt = try await client.set("k", "v", consistency: .one)
                    #expect(receipt.acks == 1)
                    #expect(receipt.owners == 3)
                }
            }
        }

        /// Writes through several nodes and checks that each receipt is true.
        private static func write(
            _ cluster: ProcessCluster, _ kind: String, count: Int, acks: ClosedRange<Int>,
            on indices: [Int] = [0, 1, 2]
        ) async throws {
            for index in indices {
                try await withClient(cluster.proxy(index)) { client in
                    for key in 0..<count where key % indices.count == indices.firstIndex(of: index)
                    {
                        let receipt = try await client.set(
                            Key("\(kind):\(key)"), "\(kind) \(key)", consistency: .quorum)
                        try #require(receipt.owners == 3)
                        try #require(acks.contains(receipt.acks))
                    }
                }
            }
        }

        /// Reads and writes at ALL fail in less than a second and say who is missing.
        private static func checkAll(_ face: RedisConnection, missing name: String) throws {
            let clock = ContinuousClock()
            try #require(try face.call("CONSISTENCY", "ALL") == .ok)
            for command in [["SET", "k", "v"], ["GET", "after:1"], ["DEL", "after:1"]] {
                let started = clock.now
                let reply = try face.call(command)
                try #require(clock.now - started < .seconds(1))
                try #require(reply.isError)
                try #require(reply.text?.contains(name) == true, "\(reply)")
            }
            try #require(try face.call("CONSISTENCY", "QUORUM") == .ok)
        }

        private static func myID(_ cluster: ProcessCluster, _ index: Int) throws -> String? {
            try cluster.redis(index).call("CLUSTER", "MYID").text
        }
    }
}
