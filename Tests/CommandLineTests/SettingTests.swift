import GrepvineDistCore
import GrepvineGossip
import Testing

@testable import grepvine

@Suite("Settings")
struct SettingTests {
    private static let file = """
        {
          // comments are fine
          "port": 1111,
          "resp": {"port": 1112, "mode": "cluster"},
          "http.port": 1113,
          "seeds": ["a:1", "b:2"],
        }
        """

    private func shown(
        _ words: [String] = [], variables: [String: String] = [:], file: String? = nil
    ) async -> [String: (value: String, origin: String)] {
        let run = await ToolRun(
            ["config", "show"] + words, variables: variables, files: ["f.json": file ?? "{}"])
        #expect(run.errors == "")
        var lines: [String: (value: String, origin: String)] = [:]
        for line in run.output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            let rest = words[1].trimmed
            let gap = rest.firstIndex(of: " ") ?? rest.endIndex
            let hasValue = line.dropFirst(words[0].count).prefix { $0 == " " }.count < 25
            lines[String(words[0])] =
                hasValue
                ? (String(rest[..<gap]), rest[gap...].trimmed) : ("", rest)
        }
        return lines
    }

    @Test("a flag beats the environment, which beats the file, which beats the default")
    func precedence() async {
        let all = await shown(
            ["--config", "f.json", "--port", "3333"],
            variables: ["GREPVINE_PORT": "2222", "GREPVINE_RESP_PORT": "2223"], file: Self.file)
        #expect(all["port"]! == ("3333", "flag --port"))
        #expect(all["resp.port"]! == ("2223", "environment GREPVINE_RESP_PORT"))
        #expect(all["http.port"]! == ("1113", "file f.json"))
        #expect(all["listen"]! == ("127.0.0.1", "default"))
    }

    @Test("nested and dotted keys, lists, comments and trailing commas are read from the file")
    func fileForms() async {
        let all = await shown(variables: ["GREPVINE_CONFIG": "f.json"], file: Self.file)
        #expect(all["resp.mode"]! == ("cluster", "file f.json"))
        #expect(all["seeds"]! == ("a:1,b:2", "file f.json"))
    }

    @Test("a name made of the host's and the port is unique among the nodes of a machine")
    func defaultName() async {
        let all = await shown(["--port", "9001", "--listen", "10.0.0.1"])
        #expect(all["name"]!.value == "box-9001")
        #expect(all["advertise"]! == ("10.0.0.1", "default"))
    }

    struct Mistake: CustomTestStringConvertible, Sendable {
        var words: [String] = []
        var variables: [String: String] = [:]
        var file = "{}"
        let message: String
        var testDescription: String { message }
    }

    @Test("a node that was told nothing is named after its host and the default port")
    func defaultNameAndPort() throws {
        #expect(try ToolRun.values("serve", []).values.text("name") == "box-7946")
    }

    @Test(
        "a mistake in any source is refused, says where it is and what would be right",
        arguments: [
            Mistake(words: ["--nam", "x"], message: "unknown flag --nam; did you mean --name?"),
            Mistake(
                words: ["--resp-prot=1"],
                message: "unknown flag --resp-prot; did you mean --resp-port?"),
            Mistake(
                words: ["--zzzzzz"],
                message: "unknown flag --zzzzzz; see `grepvine config show --help`"),
            Mistake(
                words: ["--pipeline", "1"],
                message: "`config show` does not take --pipeline (these do: bench)"),
            Mistake(
                words: ["--port", "70000"],
                message: "--port: `70000` is not valid; it must be a whole number from 1 to 65535"),
            Mistake(
                words: ["--port"], message: "--port needs a value: a whole number from 1 to 65535"),
            Mistake(
                words: ["--fsync=sometimes"],
                message: "--fsync: `sometimes` is not valid; it must be always, batch or off"),
            Mistake(
                words: ["--seeds", "a:1,b"],
                message: "--seeds: `b` is not valid; it must be a comma-separated list, each "
                    + "HOST:PORT"),
            Mistake(
                variables: ["GREPVINE_REPLICA": "3"],
                message: "unknown environment variable GREPVINE_REPLICA; did you mean "
                    + "GREPVINE_REPLICAS?"),
            Mistake(
                variables: ["GREPVINE_REPLICAS": "x"],
                message: "GREPVINE_REPLICAS: `x` is not valid; it must be a whole number from 1 "
                    + "to 7"),
            Mistake(
                file: #"{"resp": {"prot": 1}}"#,
                message: "f.json: unknown setting `resp.prot`; did you mean `resp.port`?"),
            Mistake(
                file: #"{"max": {"memory": "1x"}}"#,
                message: "f.json: max.memory: `1x` is not valid; it must be a size from 16m to "
                    + "64t, such as 512k or 8m"),
            Mistake(
                file: #"{"port": 1, "port": 2, "zone": null}"#,
                message: "f.json: zone: null is not a value"),
            Mistake(
                file: #"{"resp": {"port": 1}, "resp.port": 2}"#,
                message: "f.json: resp.port is set twice"),
            Mistake(file: "[1]", message: "f.json: must be a JSON object"),
            Mistake(
                words: ["extra"],
                message: "unexpected argument `extra`; usage: grepvine config show [FLAGS]"),
        ])
    func mistakes(_ mistake: Mistake) async {
        let run = await ToolRun(
            ["config", "show", "--config", "f.json"] + mistake.words,
            variables: mistake.variables, files: ["f.json": mistake.file])
        #expect(run.code == .failure)
        #expect(run.output == "")
        #expect(run.errors == "grepvine: \(mistake.message)\n")
    }

    @Test("text that is no JSON is refused with the file's name")
    func brokenFile() async {
        let run = await ToolRun(
            ["config", "show", "--config", "f.json"], files: ["f.json": "{port: }"])
        #expect(run.code == .failure)
        #expect(run.errors.hasPrefix("grepvine: f.json: not valid JSON: "))
    }

    @Test("flags, keys and variables are unique, and every default passes its own check")
    func tableIsSound() {
        let keys = Setting.all.compactMap(\.key)
        #expect(Set(keys).count == keys.count)
        for command in Command.all {
            let settings = command.settings
            #expect(Set(settings.map(\.flag)).count == settings.count, "\(command.name)")
            let shorts = settings.compactMap(\.short) + settings.compactMap(\.shortOff)
            #expect(Set(shorts).count == shorts.count, "\(command.name)")
        }
        for setting in Setting.all {
            #expect(setting.help.hasSuffix("."), "\(setting.flag)")
            guard case .text(let text) = setting.fallback else { continue }
            for part in setting.kind.parts(of: text) {
                #expect(setting.kind.accepts(part), "\(setting.flag)")
            }
        }
    }

    @Test(
        "the table's presets are the presets of the protocol", arguments: ["local", "lan", "wan"])
    func presets(name: String) throws {
        var values = Values(Setting.taken(by: "serve"))
        let preset = try #require(Setting.all.first { $0.flag == "gossip-preset" })
        try values.set(preset, to: name, from: .flag("--gossip-preset"))
        values.fillDefaults(hostName: "h")
        let presets = ["local": GossipConfiguration.local, "lan": .lan, "wan": .wan]
        #expect(GossipConfiguration(values) == presets[name])
    }

    @Test("a probe's timeout that leaves others no time is refused, and one preset may be mixed")
    func gossipSettings() async {
        let refused = await ToolRun(
            ["serve", "--gossip-probe-interval", "1s", "--gossip-probe-timeout", "600ms"])
        #expect(refused.code == .failure)
        #expect(refused.errors.contains("more than half of --gossip-probe-interval, 1s"))
        let shown = await ToolRun(
            ["config", "show", "--gossip-preset", "wan", "--gossip-peers", "7"])
        #expect(shown.output.contains("gossip.probeInterval"))
        let lines = shown.output.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(lines.contains { $0.starts(with: ["gossip.peers", "7", "flag"]) })
        #expect(lines.contains { $0.starts(with: ["gossip.probeInterval", "5s", "default"]) })
    }

    @Test("sizes and times are read as people write them, and printed exactly")
    func units() {
        #expect(ByteText.parse("512k") == 524_288)
        #expect(ByteText.parse("1.5GiB") == 1_610_612_736)
        #expect(ByteText.parse("8x") == nil)
        #expect(ByteText.parse("-1") == nil)
        #expect(ByteText.parse("999999999999t") == nil)
        #expect(ByteText.text(8 << 20) == "8m")
        #expect(ByteText.text(1025) == "1025")
        #expect(DurationText.parse("500ms") == .milliseconds(500))
        #expect(DurationText.parse("1.5h") == .seconds(5400))
        #expect(DurationText.parse("5") == nil)
        #expect(DurationText.parse("99999999999999d") == nil)
        #expect(DurationText.text(.seconds(120)) == "2m")
    }

    @Test("one swap, one slip or a third of the letters is near; more is not")
    func suggestions() {
        let names = ["replicas", "read-consistency", "port"]
        #expect(Suggestion.nearest(to: "repilcas", among: names) == "replicas")
        #expect(Suggestion.nearest(to: "prot", among: names) == "port")
        #expect(Suggestion.nearest(to: "read", among: names) == "read-consistency")
        #expect(Suggestion.nearest(to: "elephant", among: names) == nil)
        #expect(Suggestion.editDistance(Array("ca".utf8), Array("abc".utf8)) == 3)
    }
}
