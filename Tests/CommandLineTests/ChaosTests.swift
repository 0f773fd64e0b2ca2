import GrepvineDistCore
import Testing

@testable import grepvine

@Suite("Faults on the command line")
struct ChaosTests {
    private static let report: ChaosReport = {
        var report = ChaosReport()
        var faults = Faults()
        faults.drop = Chance(millionths: 100_000) ?? .never
        faults.delay = .milliseconds(20)
        faults.jitter = .microseconds(1500)
        var cut = Faults()
        cut.isCut = true
        report.rules = [
            ChaosRule(peer: nil, directions: .outgoing, faults: faults, remaining: nil),
            ChaosRule(
                peer: "n2", directions: .incoming, faults: cut,
                remaining: .milliseconds(29_500)),
        ]
        report.counts.dropped = 7
        report.counts.heldBytes = 128
        return report
    }()

    @Test("a table names peer, direction, faults and the time that is left")
    func table() {
        #expect(
            ChaosListing.table(Self.report) == """
                peer  direction  drop  duplicate  delay  jitter  left
                all   out         10%         0%   20ms  1500us     -
                n2    in          cut         0%    0ms     0ms   29s
                dropped 7, delayed 0, duplicated 0, overflowed 0, held back 128 bytes

                """)
        #expect(ChaosListing.table(ChaosReport()).hasPrefix("no faults\n"))
    }

    @Test("JSON says the same")
    func json() {
        #expect(
            ChaosListing.json(Self.report)
                == #"{"rules":[{"peer":null,"direction":"out","cut":false,"drop":"10%","#
                + #""duplicate":"0%","delayMicros":20000,"jitterMicros":1500,"#
                + #""remainingMilliseconds":null},"#
                + #"{"peer":"n2","direction":"in","cut":true,"drop":"0%","duplicate":"0%","#
                + #""delayMicros":0,"jitterMicros":0,"remainingMilliseconds":29500}],"#
                + #""dropped":7,"delayed":0,"duplicated":0,"overflowed":0,"heldBytes":128}"#
                + "\n")
    }

    @Test(
        "chances are numbers with a percent sign, up to certainty",
        arguments: [
            ("10%", 100_000), ("0.5%", 5_000), ("0%", 0), ("100%", 1_000_000),
            ("0.0001%", 1), ("10", nil), ("101%", nil), ("-1%", nil), ("x%", nil), ("%", nil),
            ("1e1%", nil),
        ] as [(String, UInt32?)])
    func chance(text: String, millionths: UInt32?) {
        #expect(ChanceText.parse(text)?.millionths == millionths)
    }

    @Test(
        "what makes no sense is refused before any node is asked",
        arguments: [
            (["set"], "say what goes wrong: --drop, --delay, --jitter or --duplicate"),
            (["set", "--drop", "0%"], "say what goes wrong"),
            (["set", "--drop", "10"], "--drop: `10` is not valid; it must be from 0% to 100%"),
            (["set", "--delay", "2h"], "--delay: `2h` is not valid"),
            (["set", "--drop", "1%", "--direction", "up"], "it must be in, out or both"),
            (["partition", "--drop", "1%"], "`chaos partition` does not take --drop"),
            ([], "`chaos` needs another word: chaos set, chaos partition, chaos show, chaos heal"),
        ])
    func refusals(_ words: [String], message: String) async {
        let run = await ToolRun(["chaos"] + words)
        #expect(run.code == .failure)
        #expect(run.errors.contains(message), "\(run.errors)")
    }
}
