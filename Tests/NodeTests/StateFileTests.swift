import Foundation
import GrepvineDistCore
import Testing

@testable import GrepvineNode

@Suite("What a node remembers between starts")
struct StateFileTests {
    private static let state: PersistentState = {
        let members = (UInt64(1)...3).map { number in
            Member(
                id: NodeID(high: number, low: 0), name: "n\(number)",
                address: Address(host: "10.0.0.\(number)", port: 7946), respPort: 1, httpPort: 2,
                bootEpoch: number, zone: "z", host: "h", weight: 100)
        }
        return PersistentState(
            id: members[0].id, bootEpoch: 99,
            topology: Topology.forming(
                cluster: "c", clusterID: NodeID(high: 8, low: 9), members: members, replicas: 2))
    }()

    @Test(
        "comes back as it was written, with and without a topology", arguments: FsyncPolicy.allCases
    )
    func roundTrip(_ fsync: FsyncPolicy) throws {
        try Self.withDirectory { directory in
            let first = try StateFile(directory: directory, fsync: fsync)
            #expect(try first.read() == nil)
            for state in [PersistentState(id: NodeID(high: 1, low: 2), bootEpoch: 3), Self.state] {
                try first.write(state)
                #expect(try first.read() == state)
            }
        }
    }

    @Test("belongs to one owner at a time")
    func locked() throws {
        try Self.withDirectory { directory in
            var first: StateFile? = try StateFile(directory: directory, fsync: .off)
            try first?.write(Self.state)
            let error = #expect(throws: StateError.self) {
                try StateFile(directory: directory, fsync: .off)
            }
            #expect(error?.description.contains("in use by another process") == true)
            first = nil
            #expect(try StateFile(directory: directory, fsync: .off).read() == Self.state)
        }
    }

    @Test("what was half written before a crash is not read")
    func halfWritten() throws {
        try Self.withDirectory { directory in
            let file = try StateFile(directory: directory, fsync: .batch)
            try file.write(Self.state)
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: directory + "/state.tmp"))
            #expect(try file.read() == Self.state)
        }
    }

    @Test("a file that is there and not whole is an error, never a new identity (V2)")
    func damaged() throws {
        let small = PersistentState(id: NodeID(high: 1, low: 2), bootEpoch: 3)
        let bytes = StateFile.encode(small)
        for end in bytes.indices { #expect(StateFile.decode(Array(bytes[..<end])) == nil) }
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(StateFile.decode(damaged) == nil, "byte \(index), bit \(bit)")
            }
        }
        #expect(StateFile.decode(bytes + [0]) == nil)
        try Self.withDirectory { directory in
            let file = try StateFile(directory: directory, fsync: .off)
            for content in [[], Array(StateFile.encode(Self.state).dropLast(7))] {
                try Data(content).write(to: URL(fileURLWithPath: directory + "/state"))
                let error = #expect(throws: StateError.self) { try file.read() }
                #expect(error?.description.contains("/state is damaged; restore it") == true)
            }
        }
    }

    @Test("ids without a directory follow from cluster and name, ids with one are new (S1)")
    func ids() {
        let id = NodeID.derived(cluster: "c", name: "n")
        #expect(id == NodeID.derived(cluster: "c", name: "n"))
        #expect(id != NodeID.derived(cluster: "cn", name: ""))
        #expect(id != NodeID.derived(cluster: "c", name: "m"))
        #expect(NodeID.random() != NodeID.random())
    }

    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("grepvine-state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }
}
