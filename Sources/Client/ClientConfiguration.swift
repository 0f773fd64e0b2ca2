public import GrepvineDistCore

/// How a client finds its cluster and how patient it is.
public struct ClientConfiguration: Sendable {
    /// Which node a keyed request goes to first.
    public enum Routing: Hashable, Sendable {
        /// Straight to an owner of the key.
        case direct
        /// Everything to one address: a load balancer, or a node that forwards for itself.
        case proxy(Address)
    }

    /// Nodes to ask for the topology, in this order; any member will do. Names are resolved again
    /// for each connection.
    public var seeds: [Address]
    /// Nodes of another cluster are refused, with both names. Nil takes whatever cluster answers.
    public var cluster: String?
    /// What nodes call this client in their logs.
    public var name = "client"
    public var routing = Routing.direct
    /// The level of reads that name none; nil leaves it to the node.
    public var readConsistency: Consistency?
    /// The level of writes that name none; nil leaves it to the node.
    public var writeConsistency: Consistency?
    /// How long a call may take that names no timeout of its own. It covers everything: finding
    /// the cluster, connecting, and every retry.
    public var timeout = Duration.seconds(5)
    /// How long a grep may take from its first batch to its last. What is not searched by then is
    /// named in the summary.
    public var grepTimeout = Duration.seconds(30)
    /// How long one attempt to connect may take, the greeting included.
    public var connectTimeout = Duration.seconds(2)
    /// The pause after a first failed attempt; it doubles up to `longestBackoff`, and jitter takes
    /// up to half of it away.
    public var shortestBackoff = Duration.milliseconds(50)
    public var longestBackoff = Duration.seconds(1)
    /// Calls under way per node, 1 or more; one more fails as overloaded. As many again may wait
    /// for a topology.
    public var maxInFlight = 1024
    /// The largest request or response, in bytes: a value of 16 MiB with its key.
    public var maxFrame = 17 << 20

    public init(seeds: [Address], cluster: String? = nil) {
        self.seeds = seeds
        self.cluster = cluster
    }

    /// Everything to one node.
    public init(proxy: Address, cluster: String? = nil) {
        self.init(seeds: [proxy], cluster: cluster)
        routing = .proxy(proxy)
    }
}

extension ClientConfiguration {
    /// What makes it unusable, in words; nil when nothing does.
    var fault: String? {
        if seeds.isEmpty, case .direct = routing {
            return "no seeds: name at least one node, as in Address(\"127.0.0.1:7000\")"
        }
        if maxInFlight < 1 { return "maxInFlight is \(maxInFlight), the least is 1" }
        if maxFrame < 4096 || maxFrame > 1 << 30 {
            return "maxFrame is \(maxFrame), the limits are 4096 and \(1 << 30)"
        }
        if connectTimeout <= .zero { return "connectTimeout is \(connectTimeout)" }
        if shortestBackoff <= .zero || longestBackoff < shortestBackoff {
            return "backoff from \(shortestBackoff) to \(longestBackoff)"
        }
        return nil
    }
}
