import GrepvineDistCore
import GrepvineTransport

/// `fetch`: the records behind these entries of the exchange, newest first, with where the sender
/// stands; or the next page of those asked for before; or nothing more, the exchange is over.
enum FetchMessage: Equatable {
    case first([UInt64], MarkList)
    case next
    case done

    /// Entries that are asked for at a time: half a megabyte of names.
    static let most = 65_536

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 16)
        switch self {
        case .first(let names, let marks):
            body.write(UInt8(0))
            body.write(names: names)
            marks.write(to: &body)
        case .next: body.write(UInt8(1))
        case .done: body.write(UInt8(2))
        }
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        switch reader.readUInt8() {
        case 0:
            guard let names = reader.readNames(), names.count <= Self.most,
                let marks = MarkList(reading: &reader)
            else { return nil }
            self = .first(names, marks)
        case 1: self = .next
        case 2: self = .done
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

/// `fetchReply`: where the sender stands, then records in their stored form, back to back.
struct FetchReplyMessage {
    enum Status: UInt8 {
        /// Others are left.
        case page = 0
        /// Nothing is left of what was asked for.
        case last = 1
        /// The exchange is not known any more.
        case gone = 2
    }

    var status: Status
    var marks: MarkList

    func encoded(with records: [UInt8] = []) -> [UInt8] {
        var body = ByteWriter(capacity: 64 + records.count)
        body.write(status.rawValue)
        marks.write(to: &body)
        body.write(raw: records)
        return body.bytes
    }

    init(_ status: Status, _ marks: MarkList) {
        self.status = status
        self.marks = marks
    }

    /// The message and the bytes of its records, which are not checked here.
    static func decode(
        _ body: UnsafeRawBufferPointer
    ) -> (message: FetchReplyMessage, records: UnsafeRawBufferPointer)? {
        let head = Array(body.prefix(3 + Partition.count * MarkList.entryBytes))
        var reader = ByteReader(head)
        guard let status = reader.readUInt8().flatMap(Status.init(rawValue:)),
            let marks = MarkList(reading: &reader)
        else { return nil }
        let records = UnsafeRawBufferPointer(rebasing: body[(head.count - reader.remaining)...])
        return (FetchReplyMessage(status, marks), records)
    }
}

/// `offer`: entries that the sender has and the receiver lacks, which may fetch them.
struct OfferMessage: Equatable {
    var names: [UInt64]

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 8 + names.count * 8)
        body.write(names: names)
        return body.bytes
    }

    init(_ names: [UInt64]) { self.names = names }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard let names = reader.readNames(), reader.remaining == 0 else { return nil }
        self.init(names)
    }
}
