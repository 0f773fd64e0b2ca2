/// How gossip uses its keys. The steps in between turn encryption on in a running cluster: first
/// every node can open, then every node seals, then nobody listens to what is in clear.
public enum GossipEncryption: String, Sendable, CaseIterable {
    /// Sends in clear and takes nothing else; keys are not used.
    case off
    /// Sends in clear, takes both.
    case accept
    /// Sends sealed, takes both.
    case prefer
    /// Sends sealed, takes nothing else.
    case require

    var seals: Bool { self == .prefer || self == .require }
}
