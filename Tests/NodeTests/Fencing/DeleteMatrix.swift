import GrepvineDistCore
import Testing

@testable import GrepvineNode

/// One cell of the delete matrix: what two owners hold of a key, whose version is higher, and where
/// both stand.
struct DeleteCell: Sendable, CustomTestStringConvertible {
    /// What an owner holds.
    enum Held: String, CaseIterable, Sendable { case value, tombstone, expired, absent }

    /// How their version compares with ours; it means nothing when one of them holds none.
    enum Order: String, CaseIterable, Sendable { case older, same, newer }

    /// Who wins.
    enum Side: String, Sendable { case ours, theirs }

    struct Fence: Sendable {
        let name: String
        let own: FenceMark
        let sender: FenceMark
        /// Their copy may come in here; a write that comes late may.
        let admitsCopy: Bool
        let admitsWrite: Bool
        /// Who keeps what they hold when both exchange everything; nil for the newest.
        let keeper: Side?
        /// This owner took part in raising its fence, and has not heard how that ended.
        var hasVouched = false
    }

    let ours: Held
    let theirs: Held
    let order: Order
    let fence: Fence

    var testDescription: String {
        "ours \(ours.rawValue), theirs \(theirs.rawValue) \(order.rawValue), \(fence.name)"
    }

    /// Who wins by version alone. Under one version the first one stays (V2).
    static let merging = """
        value     value      ours    ours    theirs
        value     tombstone  ours    ours    theirs
        value     expired    ours    ours    theirs
        value     absent     ours    ours    ours
        tombstone value      ours    ours    theirs
        tombstone tombstone  ours    ours    theirs
        tombstone expired    ours    ours    theirs
        tombstone absent     ours    ours    ours
        expired   value      ours    ours    theirs
        expired   tombstone  ours    ours    theirs
        expired   expired    ours    ours    theirs
        expired   absent     ours    ours    ours
        absent    value      theirs  theirs  theirs
        absent    tombstone  theirs  theirs  theirs
        absent    expired    theirs  theirs  theirs
        absent    absent     ours    ours    ours
        """

    /// All versions lie between `low` and `high`.
    private static let low = HybridClock(TestNode.start + .seconds(-200))
    private static let high = HybridClock(TestNode.start + .seconds(-10))
    private static let none = FenceMark.none
    private static let raised = FenceMark(fence: high, stable: none.stable)
    private static let settled = FenceMark(fence: high, stable: high)
    private static let past = FenceMark(fence: low, stable: low)

    static let fences = [
        fence("no fences", none, none, copy: true, write: true),
        fence("agreed below both", past, past, copy: true, write: true),
        fence("fences of both raised", raised, raised, copy: true, write: false),
        fence("ours raised", raised, none, copy: false, write: false),
        fence("theirs raised", none, raised, copy: true, write: true),
        fence("both agreed", settled, settled, copy: true, write: false),
        fence("ours agreed, theirs raised", settled, raised, copy: false, write: false, .ours),
        fence("theirs agreed, ours raised", raised, settled, copy: true, write: false, .theirs),
        fence("ours agreed, theirs knows nothing", settled, none, copy: false, write: false, .ours),
        Fence(
            name: "theirs agreed, ours took part", own: raised, sender: settled, admitsCopy: true,
            admitsWrite: false, keeper: nil, hasVouched: true),
        fence(
            "theirs agreed, ours knows nothing", none, settled, copy: true, write: true, .theirs),
    ]

    private static func fence(
        _ name: String, _ own: FenceMark, _ sender: FenceMark, copy: Bool, write: Bool,
        _ keeper: Side? = nil
    ) -> Fence {
        Fence(
            name: name, own: own, sender: sender, admitsCopy: copy, admitsWrite: write,
            keeper: keeper)
    }

    static let all: [DeleteCell] = {
        var cells: [DeleteCell] = []
        for ours in Held.allCases {
            for theirs in Held.allCases {
                for order in Order.allCases {
                    cells += fences.map {
                        DeleteCell(ours: ours, theirs: theirs, order: order, fence: $0)
                    }
                }
            }
        }
        return cells
    }()

    /// Whose record is the higher one.
    var newest: Side {
        let rows = Self.merging.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        let row = rows.first { $0[0] == ours.rawValue && $0[1] == theirs.rawValue }
        let column = 2 + (Order.allCases.firstIndex(of: order) ?? 0)
        guard let side = row.flatMap({ Side(rawValue: $0[column]) }) else {
            preconditionFailure("no row for \(testDescription)")
        }
        return side
    }

    /// Whose record both hold when they have exchanged everything.
    var keeper: Side { fence.keeper ?? newest }

    var ourRecord: Record? { record(ours, stamp: -100, Array("ours".utf8)) }

    var theirRecord: Record? {
        let stamp: Int64 = order == .older ? -150 : order == .same ? -100 : -50
        // One version is one value.
        return record(theirs, stamp: stamp, Array(order == .same ? "ours".utf8 : "theirs".utf8))
    }

    /// They hold different things under one version: somebody broke the rule of versions (V2).
    var isContradiction: Bool {
        order == .same && ours != theirs && ours != .absent && theirs != .absent
    }

    private func record(_ held: Held, stamp: Int64, _ value: [UInt8]) -> Record? {
        let clock = HybridClock(TestNode.start + .seconds(stamp))
        let version = Version(clock: clock, origin: 5)
        return switch held {
        case .value: Record(key: "k", version: version, value: value)
        case .tombstone: .tombstone("k", version)
        case .expired:
            Record(
                key: "k", version: version, expiry: TestNode.start + .seconds(-20), value: value)
        case .absent: nil
        }
    }

    func record(of side: Side) -> Record? { side == .ours ? ourRecord : theirRecord }
}
