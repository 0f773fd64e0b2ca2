/// How well this node itself keeps up (Lifeguard §IV-A): 0 when it does, more the more of its own
/// probes fail and the more often it has to defend itself. A node in trouble probes more rarely and
/// waits longer, instead of blaming others.
package struct LocalHealth: Hashable, Sendable {
    package private(set) var score = 0
    /// Intervals and timeouts grow at most to so many times themselves.
    let limit: Int

    package init(limit: Int) { self.limit = max(1, limit) }

    package mutating func note(_ change: Int) {
        score = min(max(0, score + change), limit - 1)
    }

    package func stretched(_ time: Duration) -> Duration { time * (score + 1) }
}

/// The parts of Lifeguard. Each can be switched off, so that an experiment shows what it is for.
package struct Lifeguard: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The local health multiplier, and nacks of those who were asked to probe.
    package static let probe = Lifeguard(rawValue: 1)
    /// Suspicions begin patient and shrink with each independent accuser.
    package static let suspicion = Lifeguard(rawValue: 2)
    /// A suspect hears that it is suspected from whoever pings it.
    package static let buddy = Lifeguard(rawValue: 4)

    package static let whole: Lifeguard = [.probe, .suspicion, .buddy]
}
