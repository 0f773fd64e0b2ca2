/// Timing and sizes of the membership protocol. Every node of a cluster should run the same ones.
package struct GossipConfiguration: Hashable, Sendable {
    /// One member is probed per interval, round robin in a shuffled order.
    package var probeInterval: Duration
    /// Wait for a direct ack before asking others; at most half of `probeInterval`, so that the
    /// indirect ack has as long again.
    package var probeTimeout: Duration
    /// Members asked to probe on one's behalf.
    package var indirectProbes = 3
    /// Shortest suspicion in probe intervals, times max(1, log10 n).
    package var suspicionMultiplier = 4
    /// Longest suspicion as a multiple of the shortest.
    package var suspicionStretch = 6
    /// Independent confirmations that bring a suspicion down to its shortest.
    package var confirmations = 2
    /// A node in trouble stretches its probe interval and timeout up to so many times.
    package var localHealthLimit = 8
    /// All of it, except in experiments.
    package var lifeguard = Lifeguard.whole
    /// Pause between rounds of gossip while there is something to say.
    package var gossipInterval: Duration
    package var gossipPeers = 3
    /// Times ceil(log10(n + 1)): how often one piece of news is sent by one node.
    package var retransmitMultiplier = 4
    /// Bytes of a datagram's payload, within one Ethernet frame.
    package var packetLimit = 1400
    /// Back-off of a seed that has not answered; the second bound holds while isolated, the third
    /// once some other member is known.
    package var seedRetryMinimum = Duration.milliseconds(250)
    package var seedRetryMaximum = Duration.seconds(5)
    package var seedRetryConnected = Duration.seconds(30)
    /// Pause between resolving a seed's name while isolated, and otherwise.
    package var resolveIsolated = Duration.seconds(15)
    package var resolveConnected = Duration.seconds(60)
    /// Back-off of probes to dead members, which never stop (S3).
    package var deadProbeMinimum = Duration.seconds(1)
    package var deadProbeMaximum = Duration.seconds(30)
    /// Memory of dead and departed members that are not kept.
    package var forgetAfter = Duration.seconds(24 * 3600)
    /// Members remembered in all; beyond it newcomers are refused.
    package var maximumMembers = 4096

    package init(probeInterval: Duration, probeTimeout: Duration, gossipInterval: Duration) {
        self.probeInterval = probeInterval
        self.probeTimeout = probeTimeout
        self.gossipInterval = gossipInterval
    }

    /// Several nodes on one machine: tests and `dev`. A crash among three is known in about a
    /// second.
    package static let local: GossipConfiguration = {
        var local = GossipConfiguration(
            probeInterval: .milliseconds(200), probeTimeout: .milliseconds(100),
            gossipInterval: .milliseconds(50))
        local.seedRetryMinimum = .milliseconds(100)
        local.seedRetryMaximum = .seconds(1)
        local.seedRetryConnected = .seconds(5)
        local.resolveIsolated = .seconds(2)
        local.deadProbeMinimum = .milliseconds(250)
        local.deadProbeMaximum = .seconds(5)
        return local
    }()

    /// One site. A crash among three is known after about 2.5 s when a broken connection hints at
    /// it (`Membership.suspect`) and about 3.5 s when nothing but probes notice.
    package static let lan = GossipConfiguration(
        probeInterval: .seconds(1), probeTimeout: .milliseconds(500),
        gossipInterval: .milliseconds(200))

    /// Several sites: patient with latency and loss.
    package static let wan: GossipConfiguration = {
        var wan = GossipConfiguration(
            probeInterval: .seconds(5), probeTimeout: .milliseconds(2500),
            gossipInterval: .milliseconds(500))
        wan.suspicionMultiplier = 6
        wan.gossipPeers = 4
        return wan
    }()
}

extension GossipConfiguration {
    /// How often one node sends one piece of news in a cluster of `members` live members.
    package func transmissions(members: Int) -> Int {
        var digits = 1
        var power = 10
        while power < members + 1 {
            digits += 1
            power *= 10
        }
        return retransmitMultiplier * digits
    }

    /// Shortest time that a suspicion lasts among `members` live members.
    package func shortestSuspicion(members: Int) -> Duration {
        let scale = max(1, Logarithm.base10(Double(max(1, members))))
        return probeInterval * suspicionMultiplier * scale
    }
}

/// The pure modules have no libm: the decimal logarithm by repeated squaring, to 30 binary places,
/// the same on every machine.
enum Logarithm {
    /// For `number` ≥ 1.
    static func base10(_ number: Double) -> Double {
        var mantissa = number
        var result = 0.0
        while mantissa >= 10 {
            mantissa /= 10
            result += 1
        }
        var place = 0.5
        for _ in 0..<30 {
            mantissa *= mantissa
            if mantissa >= 10 {
                mantissa /= 10
                result += place
            }
            place /= 2
        }
        return result
    }
}
