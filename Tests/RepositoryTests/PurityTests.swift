import Testing

@Suite("Pure code stays pure")
struct PurityTests {
    @Test("no pure source touches modules of the world, concurrency, clocks or dice")
    func sourcesArePure() {
        let pure = Repository.swiftFiles.filter { Purity.covers($0.path) }
        #expect(pure.count > 10, "the walk found the sources")
        #expect(pure.flatMap(Purity.violations) == [])
    }

    static let planted = [
        "import Foundation", "public import Glibc", "@_exported import Dispatch",
        "import func Glibc.close", "import Synchronization", "import CLinux",
        "func f() async {}", "let x = await g()", "Task { }", "let c = ContinuousClock()",
        "let t = SuspendingClock.now", "clock_gettime(CLOCK_REALTIME, &spec)", "let d = Date()",
        "var g = SystemRandomNumberGenerator()", "let n = Int.random(in: 0..<3)",
        "let e = list.randomElement()", "let s = list.shuffled()", "list.shuffle()",
        "var h = Hasher()", "let v = key.hashValue",
        "let s = \"\\(Int.random(in: 0..<3))\"",
        "let s = #\"\\#(list.shuffled())\"#",
        "let n = Int.random(in: 0..<pick(using: &g))",
    ]

    @Test("the check finds every planted violation", arguments: planted)
    func findsPlanted(_ source: String) {
        let file = SwiftFile(TextFile(path: "Sources/DistCore/Planted.swift", text: source))
        #expect(Purity.violations(in: file).count == 1, "\(Purity.violations(in: file))")
    }

    static let innocent = [
        "// import Foundation and await", "/* Task { /* Date() */ } async */",
        "let s = \"await Task Date()\"", "let s = #\"a \" await \"#",
        "let s = \"\"\"\n  await \" Date()\n  \"\"\"", "let n = Int.random(in: 0..<3, using: &g)",
        "let e = list.randomElement(using: &g)", "list.shuffle(using: &g)",
        "func hash(into hasher: inout Hasher) { hasher.combine(1) }",
        "import GrepvineDistCore", "f(Task: 1)",
    ]

    @Test("the check leaves comments, strings and seeded dice alone", arguments: innocent)
    func sparesInnocent(_ source: String) {
        let file = SwiftFile(TextFile(path: "Sources/DistCore/Innocent.swift", text: source))
        #expect(Purity.violations(in: file) == [])
    }

    @Test("the check covers the node but not its runtime")
    func coversTheNode() {
        #expect(Purity.covers("Sources/Node/FrontEnd/Server.swift"))
        #expect(!Purity.covers("Sources/Node/Runtime/Loop.swift"))
        #expect(!Purity.covers("Sources/Transport/Frame.swift"))
    }
}
