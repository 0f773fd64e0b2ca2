import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import grepvine

@Suite("Gossip keys on the command line")
struct KeyringTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let other = String(repeating: "ab", count: 32)

    @Test("a generated key is a key, and no two are the same")
    func generate() async {
        let runs = [
            await ToolRun(["keyring", "generate"]), await ToolRun(["keyring", "generate"]),
        ]
        for run in runs {
            #expect(run.code == .success)
            #expect(SecretKey(text: run.output.trimmed) != nil)
        }
        #expect(runs[0].output != runs[1].output)
    }

    @Test("a key never shows: not in settings, not in the refusal of a bad one")
    func hidden() async {
        let shown = await ToolRun(
            ["config", "show"], variables: ["GREPVINE_GOSSIP_KEY": Self.key])
        #expect(shown.code == .success)
        #expect(shown.output.contains("hidden"))
        #expect(!shown.output.contains(Self.key))
        let bad = Self.key.replacing("=", with: "!")
        for run in [
            await ToolRun(["serve", "--gossip-key", bad]),
            await ToolRun(["serve"], variables: ["GREPVINE_GOSSIP_KEY": bad]),
            await ToolRun(["keyring", "add", bad]),
        ] {
            #expect(run.code == .failure)
            #expect(run.errors.contains("32 bytes"))
            #expect(!run.errors.contains(bad.prefix(20)))
        }
    }

    @Test("a file holds keys line by line, with comments; what is no key is named by its line")
    func files() throws {
        let console = ToolRun.console(files: [
            "good": "# now\n\(Self.key)\n\n  \(Self.other)  \n", "bad": "\(Self.key)\nnonsense\n",
        ])
        let keys = try GossipKeys.inFile("good", console)
        #expect(keys.map(\.id) == [Self.key, Self.other].compactMap { SecretKey(text: $0)?.id })
        let stop = #expect(throws: Stop.self) { try GossipKeys.inFile("bad", console) }
        #expect(stop?.message.hasPrefix("bad: line 2 is no key") == true)
        #expect(stop?.message.contains("nonsense") == false)
    }

    @Test(
        "too many, too few and doubled keys are refused",
        arguments: [
            "", "\(other)\n\(other)\n",
            "\(key)\n\(other)\n"
                + (1...2).map { "0\($0)" }.map {
                    String(repeating: $0, count: 32) + "\n"
                }.joined(),
        ])
    func counts(_ text: String) async {
        let run = await ToolRun(
            ["serve", "--gossip-key-file", "keys"], files: ["keys": text])
        #expect(run.code == .failure)
        #expect(run.errors.hasPrefix("grepvine: keys: a node starts with 1 to 3 different keys"))
    }

    @Test("encryption without any key, and a change without proof, are refused")
    func missing() async {
        let serve = await ToolRun(["serve", "--gossip-encryption", "accept"])
        #expect(serve.code == .failure)
        #expect(serve.errors.contains("needs a key"))
        let add = await ToolRun(["keyring", "add", Self.key])
        #expect(add.code == .failure)
        #expect(add.errors.contains("a key that the cluster holds is needed"))
    }

    @Test("a table and JSON name keys and star the one that seals")
    func listing() throws {
        let names = [KeyID(rawValue: 1), KeyID(rawValue: 2)]
        let ring = try #require(Keyring(number: 4, keys: names, primary: names[1]))
        let report = KeyringReport(
            ring: ring,
            nodes: [
                .init(
                    id: NodeID(high: 1 << 60, low: 0), name: "n1", standing: .current, ring: ring),
                .init(id: NodeID(high: 2 << 60, low: 0), name: "n2", standing: .silent, ring: nil),
            ])
        #expect(
            KeyringListing.table(report) == """
                name  keyring  version  keys                id
                n1    current  4        00000001 *00000002  10000000
                n2    silent   -        -                   20000000

                """)
        #expect(
            KeyringListing.json(report).hasPrefix(
                #"{"keyring":{"version":4,"primary":"00000002","keys":["00000001","00000002"]}"#))
        #expect(KeyringListing.json(report).contains(#""standing":"silent","keyring":null"#))
    }

    @Test("a key's name is taken as it is shown, or from the key itself")
    func names() throws {
        let console = ToolRun.console(files: ["k": Self.key])
        let id = try #require(SecretKey(text: Self.key)).id
        #expect(try GossipKeys.name("\(id)", console) == id)
        #expect(try GossipKeys.name("@k", console) == id)
        #expect(try GossipKeys.name(Self.key, console) == id)
    }
}
