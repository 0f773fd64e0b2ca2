/// What a segment's index is made of. Whoever keeps it puts a checksum on each part; all numbers
/// are little-endian (docs/storage.md).
package struct SegmentIndexParts: Hashable, Sendable {
    /// `SegmentIndex.Facts`.
    package var facts: [UInt8] = []
    /// For each unit where it begins in the segment, and the record that this place belongs to.
    package var units: [UInt8] = []
    /// Where the records that were alive begin, in the order of their keys.
    package var documents: [UInt8] = []
    /// For each block of grams its first gram and where it goes on in the rest of this part and in
    /// the postings; then for each gram the difference to the one before, and length and form of
    /// its postings.
    package var dictionary: [UInt8] = []
    package var postings: [UInt8] = []

    package init() {}

    /// In the order that they are stored in.
    package var all: [[UInt8]] { [facts, units, documents, dictionary, postings] }

    package static let count = 5
}
