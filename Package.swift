// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: warnings are errors and imports are explicit.
let common: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Targets that touch no C: the compiler also marks every unsafe construct.
let safe: [SwiftSetting] = common + [.strictMemorySafety()]

func library(
    _ name: String, safe isSafe: Bool = false, _ dependencies: [Target.Dependency] = []
) -> Target {
    .target(
        name: "Grepvine\(name)", dependencies: dependencies, path: "Sources/\(name)",
        swiftSettings: isSafe ? safe : common)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests",
        swiftSettings: common)
}

let package = Package(
    name: "grepvine",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "GrepvineClient", targets: ["GrepvineClient"]),
        .library(name: "GrepvineNode", targets: ["GrepvineNode"]),
        .executable(name: "grepvine", targets: ["grepvine"]),
        .executable(name: "grepvine-sim", targets: ["grepvine-sim"]),
    ],
    targets: [
        // Pure: values in, values out.
        library("DistCore", safe: true),
        library("Gossip", safe: true, ["GrepvineDistCore"]),
        library("Search", safe: true, ["GrepvineDistCore"]),
        // Edges: memory and sockets.
        library("Storage", ["GrepvineDistCore", "CLinux"]),
        library("Transport", ["GrepvineDistCore", "CLinux", "CMsgpack", "CZlib", "COpenSSL"]),
        // Whole.
        library("Client", safe: true, ["GrepvineDistCore", "GrepvineTransport"]),
        library(
            "Node",
            [
                "GrepvineDistCore", "GrepvineGossip", "GrepvineSearch", "GrepvineStorage",
                "GrepvineTransport", "CLinux", "COpenSSL",
            ]),
        library(
            "Simulation",
            [
                "GrepvineDistCore", "GrepvineGossip", "GrepvineSearch", "GrepvineStorage",
                "GrepvineTransport", "GrepvineNode",
            ]),
        // Mains.
        .executableTarget(
            name: "grepvine",
            dependencies: [
                "GrepvineDistCore", "GrepvineGossip", "GrepvineSearch", "GrepvineTransport",
                "GrepvineClient", "GrepvineNode", "CLinux",
            ],
            path: "Sources/grepvine", swiftSettings: common),
        .executableTarget(
            name: "grepvine-sim", dependencies: ["GrepvineSimulation"],
            path: "Sources/grepvine-sim", swiftSettings: common),
        // C.
        .target(name: "CLinux", path: "Sources/CLinux"),
        .systemLibrary(
            name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        // msgpack-c is `msgpack.pc` up to version 5 and `msgpack-c.pc` from 6 on: ask for both,
        // take the one that is there.
        .systemLibrary(
            name: "CMsgpackOld", path: "Sources/CMsgpackOld", pkgConfig: "msgpack",
            providers: [.apt(["libmsgpack-dev"])]),
        .systemLibrary(
            name: "CMsgpackNew", path: "Sources/CMsgpackNew", pkgConfig: "msgpack-c",
            providers: [.brew(["msgpack"])]),
        .target(
            name: "CMsgpack", dependencies: ["CMsgpackOld", "CMsgpackNew"],
            path: "Sources/CMsgpack"),
        // Tests mirror Sources.
        tests("DistCore", ["GrepvineDistCore"]),
        tests("Gossip", ["GrepvineGossip", "GrepvineDistCore"]),
        tests("Search", ["GrepvineSearch", "GrepvineDistCore"]),
        tests("Storage", ["GrepvineStorage", "GrepvineDistCore", "CLinux"]),
        tests("Transport", ["GrepvineTransport", "GrepvineDistCore", "CMsgpack", "CZlib"]),
        tests(
            "Node",
            [
                "GrepvineNode", "GrepvineDistCore", "GrepvineGossip", "GrepvineStorage",
                "GrepvineTransport", "GrepvineSearch",
            ]),
        tests(
            "Client", ["GrepvineClient", "GrepvineDistCore", "GrepvineTransport", "GrepvineNode"]),
        tests(
            "Simulation",
            [
                "grepvine-sim", "GrepvineSimulation", "GrepvineDistCore", "GrepvineGossip",
                "GrepvineNode", "GrepvineStorage",
            ]),
        tests("Cluster", ["GrepvineClient", "GrepvineDistCore", "GrepvineTransport", "CLinux"]),
        tests("Repository", []),
        tests(
            "CommandLine",
            [
                "grepvine", "GrepvineDistCore", "GrepvineGossip", "GrepvineSearch",
                "GrepvineNode", "GrepvineClient", "GrepvineTransport",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
