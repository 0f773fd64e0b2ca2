import CLinux
import GrepvineDistCore

extension RecordView {
    /// The record at the start of `bytes` from outside, with others perhaps behind it. Nil unless
    /// each field is one that `RecordWriter` could have written. Reads nothing past `bytes`.
    package static func validated(
        _ bytes: UnsafeRawBufferPointer, checkingCRC: Bool
    ) -> RecordView? {
        guard let start = bytes.baseAddress, bytes.count > RecordLayout.header else { return nil }
        let view = RecordView(start: start)
        // Lengths are at most 2³² and 2¹⁶, so the size cannot overflow.
        guard view.keyLength > 0, view.size <= bytes.count, view.hasSoundHeader,
            view.hasSoundEnd
        else { return nil }
        guard Slot(of: view.key.bytes).partition.number == view.rawPartition else { return nil }
        guard !checkingCRC || view.checksum == RecordWriter.checksum(start, view.contentEnd)
        else { return nil }
        return view
    }

    /// Where the newline is.
    private var contentEnd: Int { RecordLayout.header + keyLength + valueLength }

    private var rawPartition: UInt16 {
        UInt16(
            littleEndian: start.loadUnaligned(
                fromByteOffset: RecordLayout.partition, as: UInt16.self))
    }

    private var hasSoundHeader: Bool {
        let kind = start.load(fromByteOffset: RecordLayout.kind, as: UInt8.self)
        let reserved = start.loadUnaligned(
            fromByteOffset: RecordLayout.partition + 2, as: UInt16.self)
        guard let kind = RecordKind(rawValue: kind), reserved == 0, expiryMilliseconds >= 0
        else { return false }
        return kind == .value || valueLength == 0
    }

    private var hasSoundEnd: Bool {
        let end = encoded[contentEnd...]
        return end.first == UInt8(ascii: "\n") && end.dropFirst().allSatisfy { $0 == 0 }
    }
}
