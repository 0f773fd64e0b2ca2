import Testing

@testable import grepvine

@Suite("Commands")
struct CommandTreeTests {
    @Test("every command has help that names each of its flags", arguments: Command.all.map(\.name))
    func help(_ name: String) async throws {
        let words = name.split(separator: " ").map(String.init)
        let run = await ToolRun(words + ["--help"])
        #expect(run.code == .success)
        #expect(run.errors == "")
        let command = try #require(Command.all.first { $0.name == name })
        for setting in command.settings { #expect(run.output.contains("--\(setting.flag)")) }
        #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 110 })
        #expect(await ToolRun(["help"] + words).output == run.output)
    }

    @Test("every setting is taken by a command that exists")
    func settingsHaveTakers() {
        let names = Set(Command.all.map(\.name))
        for setting in Setting.all {
            #expect(!setting.commands.isEmpty)
            #expect(names.isSuperset(of: setting.commands), "\(setting.flag)")
        }
    }

    @Test(
        "a word that is no command is refused with the nearest that is",
        arguments: [
            ("confg show", "unknown command `confg`; see `grepvine help`"),
            ("verison", "unknown command `verison`; did you mean `grepvine version`?"),
            ("config", "`config` needs another word: config show"),
        ])
    func unknownCommand(words: String, message: String) async {
        let run = await ToolRun(words.split(separator: " ").map(String.init))
        #expect(run.code == .failure)
        #expect(run.output == "")
        #expect(run.errors == "grepvine: \(message)\n")
    }

    @Test("no words at all show the overview, as a mistake; asking for it is none")
    func overview() async {
        let bare = await ToolRun([])
        #expect(bare.code == .failure)
        #expect(bare.output.contains("Usage: grepvine COMMAND"))
        let asked = await ToolRun(["--help"])
        #expect(asked.code == .success)
        #expect(asked.output == bare.output)
    }

    @Test("version is data: plain or JSON")
    func version() async {
        #expect(await ToolRun(["version"]).output == "grepvine \(ToolVersion.number)\n")
        #expect(
            await ToolRun(["version", "--json"]).output
                == "{\"version\":\"\(ToolVersion.number)\"}\n")
    }
}
