/// What a search of one node cost, and what its indexes saved.
public struct SearchWork: Hashable, Sendable {
    public var segments: UInt64 = 0
    /// Bytes of segments that an index covers, in so many units, of which so many had to be
    /// looked at.
    public var indexedBytes: UInt64 = 0
    public var units: UInt64 = 0
    public var candidates: UInt64 = 0
    /// Bytes that were looked at, and bytes that an index ruled out.
    public var scannedBytes: UInt64 = 0
    public var skippedBytes: UInt64 = 0
    /// Documents that were looked into one by one; a scan for a literal passes over the others.
    public var documents: UInt64 = 0
    /// Time that it took, without waiting; 0 where nobody measured.
    public var nanoseconds: UInt64 = 0

    public init() {}

    /// How many numbers it is.
    package static let count = 8

    /// In the order that they are sent in.
    package var numbers: [UInt64] {
        [
            segments, indexedBytes, units, candidates, scannedBytes, skippedBytes, documents,
            nanoseconds,
        ]
    }

    /// - Parameter numbers: `count` of them.
    package init(numbers: [UInt64]) {
        precondition(numbers.count == Self.count, "\(numbers.count) numbers")
        (segments, indexedBytes) = (numbers[0], numbers[1])
        (units, candidates) = (numbers[2], numbers[3])
        (scannedBytes, skippedBytes) = (numbers[4], numbers[5])
        (documents, nanoseconds) = (numbers[6], numbers[7])
    }

    public static func += (left: inout SearchWork, right: SearchWork) {
        left = SearchWork(numbers: zip(left.numbers, right.numbers).map { $0 &+ $1 })
    }
}

/// One node's part of a grep.
public struct NodeSearch: Hashable, Sendable {
    public var node: NodeID
    public var name: String
    public var work: SearchWork

    public init(node: NodeID, name: String, work: SearchWork) {
        self.node = node
        self.name = name
        self.work = work
    }
}
