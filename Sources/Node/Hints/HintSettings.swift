/// How much is kept for owners that miss writes (H1).
public struct HintSettings: Sendable {
    /// Bytes of hints for all owners.
    public var memory = 64 << 20
    /// Bytes of hints for one of them.
    public var memoryPerNode = 32 << 20
    /// A hint that nobody took for so long is dropped, and its partition compared instead.
    public var age = Duration.seconds(3 * 3600)

    /// What one owner may have to answer at a time.
    package static let replayCount = 128
    package static let replayBytes = 1 << 20
    /// After a refusal or silence an owner is left in peace for so long, twice as long each time.
    package static let shortestPause = Duration.seconds(1)
    package static let longestPause = Duration.seconds(30)

    public init() {}
}
