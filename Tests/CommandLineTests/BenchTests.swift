import GrepvineDistCore
import Testing

@testable import grepvine

@Suite("Measuring")
struct BenchTests {
    @Test("every percentile is right to one per cent over eight decades")
    func histogram() {
        var generator = SeededGenerator(seed: 7)
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        for _ in 0..<20_000 {
            let value = Int64(generator.next() >> (generator.next() % 40 + 20))
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        #expect(histogram.count == 20_000)
        #expect(histogram.maximum == values.last)
        for share in [0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1] {
            let exact = values[max(0, Int((share * 20_000).rounded(.up)) - 1)]
            let error = abs(histogram.quantile(share) - exact)
            #expect(Double(error) <= Double(exact) * 0.01, "\(share)")
        }
    }

    @Test("the largest and smallest latencies have a bucket")
    func histogramEnds() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == 0)
        histogram.record(.max)
        histogram.record(-5)
        #expect(histogram.quantile(1) > .max / 128 * 127)
        #expect(histogram.quantile(0.5) == 0)
    }

    @Test("keys are sixteen digits, all different, and draws cover them evenly")
    func keys() {
        #expect(Set((0..<50_000).map(BenchKey.key)).count == 50_000)
        #expect(BenchKey.key(3).bytes.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        var draws = KeySequence.uniform(over: 10, seed: 1)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<10_000 { counts[draws.next()] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        var each = KeySequence.each(of: 3)
        #expect([each.next(), each.next(), each.next()] == [0, 1, 2])
        #expect(each.remaining == 0)
    }

    @Test("a batch is the commands that a Redis client would send")
    func batch() {
        var keys = KeySequence.each(of: 2)
        let batch = CommandBatch(.set, capacity: 4, valueSize: 20)
        let text = String(decoding: batch.fill(2, from: &keys), as: UTF8.self)
        let first = "\(BenchKey.key(0))"
        let second = "\(BenchKey.key(1))"
        #expect(
            text
                == [first, second].map {
                    "*3\r\n$3\r\nSET\r\n$16\r\n\($0)\r\n$20\r\n\($0)vvvv\r\n"
                }.joined())
        #expect(String(decoding: batch.key(of: 1), as: UTF8.self) == second)
        var one = KeySequence.each(of: 1)
        let reads = CommandBatch(.get, capacity: 1, valueSize: 20)
        let get = String(decoding: reads.fill(1, from: &one), as: UTF8.self)
        #expect(get == "*2\r\n$3\r\nGET\r\n$16\r\n\(first)\r\n")
        withExtendedLifetime((batch, reads)) {}
    }

    @Test(
        "replies are told apart",
        arguments: [
            ("$3\r\nabc\r\n+OK", .good(9)), ("$3\r\nabc\r", .incomplete),
            ("$3\r\nabcd\r\n", .broken),
            ("$-1\r\n", .miss(5)), ("_\r\n", .miss(3)), ("$4\r\nabcd\r\n", .bad(10)),
            ("$4\r\nab", .incomplete), ("-ERR no\r\n", .bad(9)), ("-ERR", .incomplete),
            ("$x\r\n", .broken), ("\n", .broken), ("x\r\n", .broken),
            ("$99999999999999999999\r\n", .broken), ("", .incomplete), ("+OK\r\n", .bad(5)),
        ] as [(String, ReplyScanner.Reply)])
    func replies(text: String, expected: ReplyScanner.Reply) {
        let scanner = ReplyScanner(.get, valueSize: 3)
        let reply = Array(text.utf8).withUnsafeBytes { scanner.reply(in: $0) }
        #expect(reply == expected)
    }

    @Test("a server is measured, and an honest one has no errors")
    func measures() async throws {
        let server = try TinyRedis()
        defer { server.stop() }
        let run = await bench(server, ["--test", "get", "--pipeline", "16"])
        #expect(run.code == .success, "\(run.errors)")
        let rows = run.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        #expect(rows.map { $0.prefix(2) } == [["get", "16"]])
        #expect(rows.allSatisfy { $0.suffix(3) == ["0", "0", "0"] && $0[2] != "0" })
    }

    @Test("several servers take turns and are compared with the first")
    func compares() async throws {
        let servers = try (0..<2).map { _ in try TinyRedis() }
        defer { for server in servers { server.stop() } }
        let addresses = servers.map { "127.0.0.1:\($0.port)" }
        let words = [
            "bench", "--resp", addresses.joined(separator: ","), "--clients", "3", "--keys", "200",
            "--seconds", "1", "--rounds", "1", "--test", "get",
        ]
        let run = await ToolRun(words)
        #expect(run.code == .success, "\(run.errors)")
        let rows = run.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        #expect(rows.map { String($0[0]) } == addresses)
        #expect(rows.map { $0[2] } == ["get", "get"])
        #expect(rows[0][1] == "1.00")
        #expect(rows[1][1].contains(".") && rows[1][1] != "0.00")
        let refused = await ToolRun(words + ["--server-pid", "1"])
        #expect(refused.code == .failure)
        #expect(refused.errors.contains("1 processes, --resp 2 servers"))
    }

    @Test(
        "a server that lies is found out, in every reply that was looked at",
        arguments: [
            (nil, []), (TinyRedis.Lie.forgets, [200, 0, 0]), (.refusesReads, [0, 200, 0]),
            (.swaps, [0, 0, 50]),
        ] as [(TinyRedis.Lie?, [Int])])
    func findsLies(_ lie: TinyRedis.Lie?, expected: [Int]) throws {
        let server = try TinyRedis(lie)
        defer { server.stop() }
        let generator = try connected(to: server)
        var keys = KeySequence.each(of: 200)
        let written = try generator.run(
            LoadGenerator.Plan(operation: .set, pipeline: 4, valueSize: 64), keys: &keys)
        #expect(written.operations == 200)
        #expect(written.errors == 0)
        keys = .each(of: 200)
        let read = try generator.run(
            LoadGenerator.Plan(operation: .get, pipeline: 4, valueSize: 64), keys: &keys)
        #expect(read.operations == 200)
        #expect([read.misses, read.errors, read.wrong] == (lie == nil ? [0, 0, 0] : expected))
    }

    @Test("with a rate, as many operations are offered as were asked for, and no more")
    func openLoop() throws {
        let server = try TinyRedis(.forgets)
        defer { server.stop() }
        var keys = KeySequence.uniform(over: 10, seed: 1)
        let round = try connected(to: server).run(
            LoadGenerator.Plan(
                operation: .get, pipeline: 4, valueSize: 64, rate: 1000,
                duration: .milliseconds(200)),
            keys: &keys)
        #expect(round.operations <= 200)
        #expect(round.operations >= 100)
    }

    @Test("a server that is not there is unreachable")
    func unreachable() async throws {
        let server = try TinyRedis()
        server.stop()
        let run = await bench(server, [])
        #expect(run.code == .unreachable)
        #expect(run.output == "")
    }

    private func connected(to server: TinyRedis) throws -> LoadGenerator {
        try .connected(
            to: Address(host: "127.0.0.1", port: server.port), connections: 3,
            patience: .seconds(20))
    }

    private func bench(_ server: TinyRedis, _ words: [String]) async -> ToolRun {
        await ToolRun(
            [
                "bench", "--resp", "127.0.0.1:\(server.port)", "--clients", "3", "--keys", "200",
                "--seconds", "1", "--rounds", "1",
            ] + words)
    }
}
