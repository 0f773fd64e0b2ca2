import CLinux
import GrepvineDistCore

/// Finds records by key: extendible hashing, one directory of pages per partition.
///
/// A page is a run of cache lines of eight slots with linear probing from line to line; a slot is
/// 16 bits of hash, one that says whether the key was read, and a 47-bit `RecordAddress`. A page
/// that fills grows up to `pageLines`, then splits by the next bit of the hash, so no insertion
/// costs more than one page and a copy of one partition's directory, however many keys there are.
/// Pages never merge: see `scan`.
///
/// `@unchecked Sendable`: it owns its memory alone, and cannot be copied.
struct KeyIndex: ~Copyable, @unchecked Sendable {
    /// Slots in use, and bytes that pages and directories take.
    private(set) var count = 0
    private(set) var bytes = 0

    let tables: UnsafeMutablePointer<IndexTable>
    let pageLines: Int
    private let seed: UInt64
    private let hashMask: UInt64

    init(_ configuration: StoreConfiguration) {
        tables = .allocate(capacity: Partition.count)
        tables.initialize(repeating: IndexTable(), count: Partition.count)
        pageLines = configuration.pageLines
        seed = configuration.seed
        hashMask = configuration.hashMask | ~0 << 54
        bytes = Partition.count * MemoryLayout<IndexTable>.stride
    }

    deinit {
        for number in 0..<Partition.count { tables[number].free() }
        tables.deallocate()
    }

    func hash(of key: UnsafeRawBufferPointer, _ partition: Partition) -> KeyHash {
        KeyHash(
            bits: KeyHash(key.bytes, partition: partition, seed: seed).bits & hashMask)
    }

    func hash(of record: RecordView) -> KeyHash { hash(of: record.key, record.partition) }

    /// The page that a hash belongs to. Empty pages have no slots.
    @inline(__always)
    func page(_ hash: KeyHash) -> IndexPage {
        let table = tables[hash.tableNumber]
        guard let pages = table.pages else { return IndexPage() }
        return pages[hash.directoryIndex(depth: table.depth)]
    }

    @inline(__always)
    func prefetchDirectory(_ hash: KeyHash) {
        let table = tables[hash.tableNumber]
        guard let pages = table.pages else { return }
        grepvine_prefetch(pages + hash.directoryIndex(depth: table.depth))
    }

    @inline(__always)
    func prefetch(_ hash: KeyHash) {
        let page = page(hash)
        guard let slots = page.slots else { return }
        grepvine_prefetch(slots + page.home(hash.fingerprint) * IndexPage.lineSlots)
    }

    /// Fetches the records that may be the one, which is nearly always only that one, and says
    /// where the last of them is.
    @inline(__always)
    func prefetchRecord(_ hash: KeyHash, _ bases: SegmentBases) -> RecordAddress? {
        let page = page(hash)
        guard let slots = page.slots else { return nil }
        let line = slots + page.home(hash.fingerprint) * IndexPage.lineSlots
        var found: RecordAddress?
        for index in 0..<IndexPage.lineSlots {
            let slot = line[index]
            guard slot != 0, slot >> 48 == hash.fingerprint else { continue }
            let address = RecordAddress(slot: slot)
            let record = bases.pointer(address)
            grepvine_prefetch(record)
            grepvine_prefetch(record + 64)
            found = address
        }
        return found
    }

    /// The slot of a key; valid until the next insertion or removal.
    @inline(__always)
    func slot(
        of key: UnsafeRawBufferPointer, _ hash: KeyHash, _ bases: SegmentBases
    ) -> UnsafeMutablePointer<UInt64>? {
        let page = page(hash)
        guard let slots = page.slots else { return nil }
        var line = page.home(hash.fingerprint)
        for _ in 0..<Int(page.lines) {
            let start = slots + line * IndexPage.lineSlots
            for index in 0..<IndexPage.lineSlots {
                let slot = start[index]
                if slot >> 48 == hash.fingerprint, slot != 0,
                    bases.record(RecordAddress(slot: slot)).hasKey(key)
                {
                    return start + index
                }
            }
            if start[IndexPage.lineSlots - 1] == 0 { return nil }
            line = line + 1 == Int(page.lines) ? 0 : line + 1
        }
        return nil
    }

    /// The slot that holds exactly this address; no record is read.
    func slot(at address: RecordAddress, _ hash: KeyHash) -> UnsafeMutablePointer<UInt64>? {
        let page = page(hash)
        guard let slots = page.slots else { return nil }
        let wanted = hash.fingerprint << 48 | address.bits
        var line = page.home(hash.fingerprint)
        for _ in 0..<Int(page.lines) {
            let start = slots + line * IndexPage.lineSlots
            for index in 0..<IndexPage.lineSlots
            where start[index] & ~Self.touched == wanted {
                return start + index
            }
            if start[IndexPage.lineSlots - 1] == 0 { return nil }
            line = line + 1 == Int(page.lines) ? 0 : line + 1
        }
        return nil
    }

    /// Adds a key that is not there.
    mutating func insert(_ hash: KeyHash, _ address: RecordAddress, _ bases: SegmentBases) {
        let table = tables + hash.tableNumber
        bytes += makeRoom(in: table, hash, bases)
        let page = table.pointee.canonicalPage(hash)
        page.pointee.place(hash.fingerprint << 48 | address.bits)
        page.pointee.count += 1
        table.pointee.count += 1
        count += 1
    }

    /// Takes out what `slot` found for the same hash.
    mutating func remove(_ slot: UnsafeMutablePointer<UInt64>, _ hash: KeyHash) {
        let table = tables + hash.tableNumber
        let page = table.pointee.canonicalPage(hash)
        page.pointee.vacate(slot)
        page.pointee.count -= 1
        table.pointee.count -= 1
        count -= 1
    }

    mutating func removeAll() {
        for number in 0..<Partition.count { tables[number].free() }
        count = 0
        bytes = Partition.count * MemoryLayout<IndexTable>.stride
    }

    /// Set in a slot whose key was read since the bit was cleared (E1).
    static let touched: UInt64 = 1 << 47

    /// Points a slot at where its record is now.
    @inline(__always)
    static func move(_ slot: UnsafeMutablePointer<UInt64>, to address: RecordAddress) {
        slot.pointee = slot.pointee & ~RecordAddress.mask | address.bits
    }
}

extension KeyHash {
    /// The low 16 bits: the directory uses the high ones.
    @inline(__always)
    var fingerprint: UInt64 { bits & 0xffff }

    @inline(__always)
    var tableNumber: Int { Int(bits >> 54) }

    /// Which entry of a partition's directory of 2^depth pages.
    @inline(__always)
    func directoryIndex(depth: Int) -> Int { Int((bits & (1 << 54 - 1)) >> UInt64(54 - depth)) }

    /// Hash bits that are left for a directory: the rest are partition and fingerprint.
    static let deepest = 54 - 16
}
