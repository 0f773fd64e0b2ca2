/// How many owners must answer before an operation does.
public enum Consistency: String, Sendable, CaseIterable {
    case one = "ONE"
    case quorum = "QUORUM"
    case all = "ALL"

    /// Parses a level in any case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let level = Self.allCases.first(where: { $0.rawValue == text.uppercased() })
        else { return nil }
        self = level
    }

    /// Answers needed of `owners` owners: 1, ⌊n/2⌋+1 or n.
    public func needed(of owners: Int) -> Int {
        switch self {
        case .one: min(1, owners)
        case .quorum: owners / 2 + 1
        case .all: owners
        }
    }
}
