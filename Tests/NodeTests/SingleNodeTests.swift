import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("A node of its own")
struct SingleNodeTests {
    @Test("without seeds it forms a cluster at once and remembers that first (P5)")
    func forms() {
        let test = TestNode()
        let topology = test.topology
        #expect(topology?.members.map(\.name) == ["n1"])
        #expect(test.unreadiness == nil)
        let persisted = test.effects.contains {
            if case .persist(let state) = $0 { state.topology == topology } else { false }
        }
        #expect(persisted)
    }

    @Test("with seeds it waits, says for what, and refuses without doing anything (P5)")
    func waits() throws {
        let test = TestNode {
            $0.seeds = [Address(host: "127.0.0.1", port: 1)]
            $0.expected = 3
        }
        let face = TestFace(test)
        test.advance(.seconds(60))
        #expect(test.topology == nil)
        #expect(test.unreadiness?.contains("3 nodes") == true)
        for command in ["SET k v", "GET k", "DEL k", "EXPIRE k 5"] {
            let reply = try face.value(command)
            #expect(reply.text?.hasPrefix("CLUSTERDOWN ") == true, "\(command): \(reply)")
        }
    }

    @Test("a stored topology is taken up again, and nobody forms a second cluster (P5)")
    func remembers() throws {
        let first = TestNode()
        let topology = try #require(first.topology)
        let state = PersistentState(id: first.node.id, bootEpoch: 8, topology: topology)
        let again = Node(
            configuration: first.node.configuration, state: state, seed: 43, now: first.now)
        let adopted = again.topology
        #expect(adopted == topology)
    }

    @Test("origins of two starts differ, and so do those of two nodes (V2)")
    func origins() {
        let ids = [NodeID(high: 1, low: 1), NodeID(high: 1, low: 2), NodeID(high: 2, low: 1)]
        let origins = ids.flatMap { id in (UInt64(1)...500).map { Node.origin(id, $0) } }
        #expect(Set(origins).count == 1500)
    }

    @Test("callers of another cluster are refused with both names, nameless nodes too (P5)")
    func greetings() {
        let test = TestNode { $0.cluster = "apples" }
        let other = NodeID(high: 9, low: 9)
        let refused = [
            Hello(role: .node, cluster: "pears", node: other, name: "stray"),
            Hello(role: .node, cluster: "", node: other, name: "stray"),
            Hello(role: .client, cluster: "pears", name: "tool"),
            Hello(role: .node, cluster: "apples", clusterID: other, node: other, name: "stray"),
        ]
        for hello in refused {
            guard case .failure(let error) = test.node.greet(hello, from: "x") else {
                Issue.record("\(hello) was let in")
                continue
            }
            #expect(error.refused.failure.message.contains("apples"))
            #expect(error.refused.failure.message.contains(hello.cluster))
        }
        #expect(test.metrics.handshakesRefused == 4)
        let welcome = [
            Hello(role: .client, cluster: "", name: "tool"),
            Hello(role: .node, cluster: "apples", node: other, name: "n2"),
        ]
        for hello in welcome {
            guard case .success = test.node.greet(hello, from: "x") else {
                Issue.record("\(hello) was refused")
                continue
            }
        }
    }

    @Test("a value is there to its last millisecond and not one longer")
    func expires() throws {
        let test = TestNode()
        let face = TestFace(test)
        #expect(try face.value("SET k v PX 1500") == .simple("OK"))
        #expect(try face.value("PTTL k") == .integer(1500))
        #expect(try face.value("TTL k") == .integer(2))
        test.advance(.milliseconds(1499))
        #expect(try face.value("GET k").text == "v")
        #expect(try face.value("PTTL k") == .integer(1))
        test.advance(.milliseconds(1))
        for (command, reply) in [
            ("GET k", RESPValue.null), ("TTL k", .integer(-2)), ("EXISTS k", .integer(0)),
            ("STRLEN k", .integer(0)), ("DEL k", .integer(0)), ("EXPIRE k 9", .integer(0)),
        ] {
            #expect(try face.value(command) == reply, "\(command)")
        }
        test.advance(.seconds(5))
        #expect(try face.value("DBSIZE") == .integer(0))
    }

    @Test("expiry follows SET, KEEPTTL, EXPIRE and PERSIST as Redis's does")
    func expiryChanges() throws {
        let face = TestFace(TestNode())
        let second = TestNode.start.milliseconds / 1000
        for (command, reply) in [
            ("SET k v EX 100", RESPValue.simple("OK")), ("SET k w KEEPTTL", .simple("OK")),
            ("TTL k", .integer(100)), ("GET k", .bulk([0x77])), ("SET k v", .simple("OK")),
            ("TTL k", .integer(-1)), ("PERSIST k", .integer(1)), ("EXPIRE k 50", .integer(1)),
            ("TTL k", .integer(50)), ("PEXPIRE k 20000", .integer(1)), ("TTL k", .integer(20)),
            ("EXPIREAT k \(second + 30)", .integer(1)), ("TTL k", .integer(30)),
            ("EXPIRETIME k", .integer(second + 30)), ("PERSIST k", .integer(1)),
            ("TTL k", .integer(-1)), ("EXPIRE k -1", .integer(1)), ("GET k", .null),
            ("SET k v EXAT \(second + 9)", .simple("OK")), ("PTTL k", .integer(9000)),
            ("SET k v PXAT \((second + 8) * 1000)", .simple("OK")), ("TTL k", .integer(8)),
        ] {
            #expect(try face.value(command) == reply, "\(command)")
        }
    }

    @Test("a write after the clock was set back still replaces what was written before (W2)")
    func clockSetBack() throws {
        let test = TestNode()
        let face = TestFace(test)
        #expect(try face.value("SET k old") == .simple("OK"))
        test.setWall(TestNode.start + .seconds(-3600))
        #expect(try face.value("SET k new") == .simple("OK"))
        #expect(try face.value("GET k").text == "new")
        #expect(try face.value("DEL k") == .integer(1))
        #expect(try face.value("GET k") == .null)
    }

    @Test("too large and too long are refused with the limit, and nothing is written")
    func limits() throws {
        let face = TestFace(TestNode { $0.limits.value = 100 })
        let value = String(repeating: "v", count: 101)
        let reply = try face.value("SET k \(value)").text
        #expect(reply?.contains("101 bytes, the limit is 100 (max-value-size); nothing") == true)
        #expect(try face.value("SET k \(value.dropLast())") == .simple("OK"))
        let key = String(repeating: "k", count: Key.longest)
        #expect(try face.value("SET \(key) v") == .simple("OK"))
        #expect(try face.value("GET \(key)").text == "v")
        #expect(try face.value("SET \(key)k v").text?.contains("must have 1 to 65535") == true)
        #expect(face.call("SET", "", "v").hasPrefix("-ERR key is 0 bytes"))
    }

    @Test(
        "faults on purpose are refused unless the node was started for them",
        arguments: [
            false, true,
        ])
    func chaos(isAllowed: Bool) {
        let test = TestNode { $0.allowsChaos = isAllowed }
        test.node.effects = []
        let id = RequestID(session: 1, number: 2)
        test.node.handle(.request(.chaos(.show), id, deadline: nil), at: test.now)
        let refused = test.effects.contains {
            guard case .reply(.failure(let failure), id) = $0 else { return false }
            return failure.code == .notEnabled && failure.isDefinite
                && failure.message == "chaos is off: start the node with --enable-chaos"
        }
        let carriedOut = test.effects.contains {
            if case .chaos(.show, id) = $0 { true } else { false }
        }
        #expect(refused == !isAllowed)
        #expect(carriedOut == isAllowed)
    }

    @Test("what the node says about itself is what it was told")
    func views() throws {
        let test = TestNode {
            $0.cluster = "orchard"
            $0.zone = "attic"
            $0.respPort = 7000
        }
        let face = TestFace(test)
        #expect(try face.value("SET k v") == .simple("OK"))
        let members = test.members
        #expect(members.map(\.name) == ["n1"])
        #expect(members.map(\.zone) == ["attic"])
        #expect(members.map(\.partitions) == [1024])
        let info = try #require(try face.value("INFO").text)
        #expect(info.contains("cluster_name:orchard\r\n"))
        #expect(info.contains("db0:keys=1,"))
        let nodes = try #require(try face.value("CLUSTER NODES").text)
        #expect(nodes.contains(":7000@7946 myself,master"))
        #expect(nodes.contains("0-16383"))
        let ranges = try #require(try face.value("CLUSTER SLOTS").elements)
        #expect(ranges.count == 1)
        #expect(ranges[0].elements?.prefix(2) == [.integer(0), .integer(16383)])
        let metrics = MetricsReport.text(test.node, now: test.now)
        #expect(metrics.contains("grepvine_keys 1\n"))
    }
}
