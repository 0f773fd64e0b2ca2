/// Why a request did not succeed, and whether it certainly changed nothing (W4).
public struct Failure: Error, Hashable, Sendable {
    /// Stable; new codes may appear, so code that switches needs a default.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// Fewer live owners than the level needs: nothing was sent (W5).
        public static let unavailable = Code(rawValue: "unavailable")
        /// The level was not reached in time (W4).
        public static let timedOut = Code(rawValue: "timed-out")
        /// A bound was reached: try again later (W6).
        public static let overloaded = Code(rawValue: "overloaded")
        /// Owners were heard, but none has the version that the reader knows of (R4).
        public static let stale = Code(rawValue: "stale")
        /// The node has no topology yet, or is still starting.
        public static let notReady = Code(rawValue: "not-ready")
        public static let notOwner = Code(rawValue: "not-owner")
        /// The caller did not prove that it may do that.
        public static let unauthorized = Code(rawValue: "unauthorized")
        /// The node was started without what the request needs.
        public static let notEnabled = Code(rawValue: "not-enabled")
        public static let wrongCluster = Code(rawValue: "wrong-cluster")
        public static let tooLarge = Code(rawValue: "too-large")
        public static let badRequest = Code(rawValue: "bad-request")
        public static let badPattern = Code(rawValue: "bad-pattern")
        /// A cursor that this cluster did not make, or not for this query (G1).
        public static let badCursor = Code(rawValue: "bad-cursor")
        /// Owners refused the stamp of a write as too far ahead of their time (V3).
        public static let clockSkew = Code(rawValue: "clock-skew")
        /// Other writers kept winning.
        public static let conflict = Code(rawValue: "conflict")
        /// The connection ended before an answer came.
        public static let disconnected = Code(rawValue: "disconnected")
        public static let cancelled = Code(rawValue: "cancelled")
        public static let unknownStream = Code(rawValue: "unknown-stream")
    }

    public var code: Code
    /// For people: names the value and the limit, and says what to do.
    public var message: String
    /// The operation certainly did not happen and will not.
    public var isDefinite: Bool
    /// The version of a write that may have happened: retrying with it is idempotent. Nil when the
    /// node that stamped it was not heard of any more.
    public var version: Version?
    /// The topology epoch of the node that refused as no owner.
    public var epoch: UInt64?

    public init(
        _ code: Code, _ message: String, isDefinite: Bool = true, version: Version? = nil,
        epoch: UInt64? = nil
    ) {
        self.code = code
        self.message = message
        self.isDefinite = isDefinite
        self.version = version
        self.epoch = epoch
    }
}

extension Failure: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
