/// How likely something is: whole millionths, so that it is the same on every machine.
public struct Chance: Hashable, Comparable, Sendable {
    public let millionths: UInt32

    /// Nil above one.
    public init?(millionths: UInt32) {
        guard millionths <= 1_000_000 else { return nil }
        self.millionths = millionths
    }

    private init(_ millionths: UInt32) { self.millionths = millionths }

    public static let never = Chance(0)
    public static let always = Chance(1_000_000)

    public static func < (left: Chance, right: Chance) -> Bool {
        left.millionths < right.millionths
    }

    /// Whether it happens this time.
    public func happens(_ dice: inout SeededGenerator) -> Bool {
        millionths > 0 && dice.next() % 1_000_000 < UInt64(millionths)
    }
}

extension Chance: CustomStringConvertible {
    /// `10%`, `0.5%`: at most four digits behind the point.
    public var description: String {
        let fraction = millionths % 10_000
        guard fraction > 0 else { return "\(millionths / 10_000)%" }
        var digits = String("\(10_000 + fraction)".dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(millionths / 10_000).\(digits)%"
    }
}

/// What goes wrong on purpose with the traffic between two nodes, in one direction.
public struct Faults: Hashable, Sendable {
    /// Chances of one datagram or frame to get lost, or to come twice.
    public var drop = Chance.never
    public var duplicate = Chance.never
    /// How much later everything comes, give or take the jitter.
    public var delay = Duration.zero
    public var jitter = Duration.zero
    /// Nothing passes, and no connection is made.
    public var isCut = false

    /// More delay than this is refused, and more jitter.
    public static let longestDelay = Duration.seconds(3600)

    public init() {}

    public static let none = Faults()
}

/// Ways between a node and its peers, as the node sees them.
public struct ChaosDirections: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let incoming = ChaosDirections(rawValue: 1)
    public static let outgoing = ChaosDirections(rawValue: 2)
    public static let both: ChaosDirections = [.incoming, .outgoing]
}

extension ChaosDirections: CustomStringConvertible {
    public var description: String {
        switch self {
        case .incoming: "in"
        case .outgoing: "out"
        default: "both"
        }
    }
}

/// What a client asks of the fault injection of one node.
public enum ChaosRequest: Hashable, Sendable {
    case show
    /// Takes the place of what was said before for the same peer and direction. What is said for
    /// one peer goes before what is said for all, which is a nil name. Ends by itself after the
    /// time, if there is one.
    case set(Faults, peer: String?, ChaosDirections, lasting: Duration?)
    /// Forgets what was said for one peer, or everything.
    case heal(peer: String?)

    /// The longest that faults may last which end by themselves.
    public static let longestTime = Duration.seconds(30 * 86_400)
}

/// Faults that are at work now.
public struct ChaosRule: Hashable, Sendable {
    /// Nil for all peers.
    public var peer: String?
    public var directions: ChaosDirections
    public var faults: Faults
    /// In whole milliseconds; nil for no end.
    public var remaining: Duration?

    public init(
        peer: String?, directions: ChaosDirections, faults: Faults, remaining: Duration?
    ) {
        self.peer = peer
        self.directions = directions
        self.faults = faults
        self.remaining = remaining
    }
}

/// What fault injection did since the node started: datagrams and frames.
public struct ChaosCounts: Hashable, Sendable {
    public var dropped: UInt64 = 0
    public var delayed: UInt64 = 0
    public var duplicated: UInt64 = 0
    /// Lost because too much was held back already.
    public var overflowed: UInt64 = 0
    /// Bytes that are held back now.
    public var heldBytes = 0

    public init() {}
}

/// How the fault injection of one node stands.
public struct ChaosReport: Hashable, Sendable {
    public var rules: [ChaosRule]
    public var counts: ChaosCounts

    public init(rules: [ChaosRule] = [], counts: ChaosCounts = ChaosCounts()) {
        self.rules = rules
        self.counts = counts
    }
}
