/// What the body of a frame is. The kinds from 32 to 95 belong to the node, except for the four of
/// the data path, which clients speak too; every raw kind passes through the framing unchanged.
package struct FrameKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The first frame of whoever connects: a `Hello`.
    package static let hello = FrameKind(rawValue: 1)
    /// The answer that opens the connection: a `Welcome`.
    package static let welcome = FrameKind(rawValue: 2)
    /// The answer that ends it: a `Refused`.
    package static let refused = FrameKind(rawValue: 3)
    package static let request = FrameKind(rawValue: 10)
    package static let response = FrameKind(rawValue: 11)
    /// A client that coordinates tells an owner that another one missed a write: `MissedMessage`.
    package static let missed = FrameKind(rawValue: 12)

    /// A record for one owner's store, and what that owner made of it.
    package static let write = FrameKind(rawValue: 32)
    package static let writeReply = FrameKind(rawValue: 33)
    /// What one owner knows of a key.
    package static let read = FrameKind(rawValue: 34)
    package static let readReply = FrameKind(rawValue: 35)

    package static let betweenNodes: ClosedRange<UInt8> = 32...95
}
