import Foundation
import Glibc

/// A switch with some nodes, each in a network namespace of its own, so that packets can be lost in
/// one direction. Needs root and iproute2; everything goes with the object.
final class NamespaceNetwork {
    private static let tool = ServerProcess.find("ip") ?? "/usr/sbin/ip"
    private let prefix = "gvt\(getpid())-\(UInt32.random(in: 0..<10_000))"
    private var made: [String] = []

    /// Whether this process may make namespaces at all.
    static func isPossible() -> Bool {
        guard geteuid() == 0, ServerProcess.find("ip") != nil else { return false }
        return (try? NamespaceNetwork(1)) != nil
    }

    init(_ count: Int) throws {
        try add("\(prefix)-hub")
        try hub("link", "add", "br0", "type", "bridge", "forward_delay", "0")
        try hub("link", "set", "br0", "up")
        for index in 0..<count { try plug(index) }
    }

    deinit { for name in made { _ = try? Self.call(["netns", "del", name]) } }

    static func host(_ index: Int) -> String { "10.214.0.\(index + 1)" }

    /// What starts a program in a node's namespace: an executable and its first words.
    func entry(_ index: Int) -> (executable: String, words: [String]) {
        (Self.tool, ["netns", "exec", name(index)])
    }

    /// From now on nothing from one node reaches the other: it goes to a card that nobody has. The
    /// way back stays as it is, and the sender is told nothing.
    func loseAll(from source: Int, to target: Int) throws {
        try run(
            "-n", name(source), "neigh", "replace", Self.host(target), "lladdr",
            "02:00:00:00:00:01", "dev", "eth0", "nud", "permanent")
    }

    private func name(_ index: Int) -> String { "\(prefix)-\(index)" }

    private func plug(_ index: Int) throws {
        let node = name(index)
        try add(node)
        try hub("link", "add", "p\(index)", "type", "veth", "peer", "name", "q\(index)")
        try hub("link", "set", "p\(index)", "master", "br0")
        try hub("link", "set", "p\(index)", "up")
        try hub("link", "set", "q\(index)", "netns", node)
        try run("-n", node, "link", "set", "q\(index)", "name", "eth0")
        try run("-n", node, "addr", "add", "\(Self.host(index))/24", "dev", "eth0")
        try run("-n", node, "link", "set", "eth0", "up")
        try run("-n", node, "link", "set", "lo", "up")
    }

    private func add(_ name: String) throws {
        try run("netns", "add", name)
        made.append(name)
    }

    private func hub(_ words: String...) throws {
        try run(["-n", "\(prefix)-hub"] + words)
    }

    private func run(_ words: String...) throws { try run(words) }

    private func run(_ words: [String]) throws {
        let (code, output) = try Self.call(words)
        guard code == 0 else {
            throw HarnessError("ip \(words.joined(separator: " ")): \(output)")
        }
    }

    private static func call(_ words: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = words
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
