/// The distinct grams of one unit at a time.
///
/// One bit for each possible gram says whether the unit has it already. Grams of ASCII alone,
/// nearly all of them, have a set of their own that is small enough for the processor's caches.
/// Grams with a line feed in the middle are marked for good, so that they never count as new and
/// nothing has to look for line feeds.
@safe struct GramCollector: ~Copyable {
    /// More distinct grams than this, and the unit is not worth an index: see `isOpaque`.
    static let most = 1 << 16
    /// Bytes between two looks at how many there are.
    private static let block = 4096

    private var ascii = GramSet(bitsPerByte: 7, room: Self.most + Self.block + 8)
    private var others = GramSet(bitsPerByte: 8, room: Self.most + Self.block + 8)
    private let fold = FoldTable.shared
    /// The last two folded bytes; the first text begins a line.
    private var last: UInt32 = 0x0a0a

    var count: Int { ascii.count + others.count }

    /// Grams of ASCII alone.
    var asciiCount: Int { ascii.count }

    /// Too many grams have been seen; the rest of the unit need not be looked at.
    var isOpaque: Bool { count > Self.most }

    /// Writes the grams of the unit, those of ASCII first, to `target`, which has room for them.
    func write(to target: UnsafeMutablePointer<UInt32>, isASCIIOnly: Bool) {
        for index in 0..<ascii.count {
            let code = unsafe ascii.list[index]
            unsafe target[index] = code << 2 & 0x7f_0000 | code << 1 & 0x7f00 | code & 0x7f
        }
        guard !isASCIIOnly else { return }
        for index in 0..<others.count {
            unsafe target[ascii.count + index] = unsafe others.list[index]
        }
    }

    mutating func removeAll() {
        ascii.removeAll()
        others.removeAll()
    }

    /// Adds whole lines: the text begins one, and its end is the end of one.
    mutating func add(_ text: UnsafeRawBufferPointer) {
        guard !isOpaque else { return }
        last = 0x0a0a
        var index = 0
        while index < text.count, !isOpaque {
            let end = min(text.count, index + Self.block)
            unsafe addBlock(of: text, &index, end)
        }
        if text.count > 0, unsafe text[text.count - 1] != 10 { step(10) }
    }

    private mutating func addBlock(
        of text: UnsafeRawBufferPointer, _ index: inout Int, _ end: Int
    ) {
        let table = fold.ascii
        unsafe table.withUnsafeBufferPointer { table in
            while index < end {
                if index + 8 <= end, last & 0x8080 == 0 {
                    let word = unsafe text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    if word & 0x8080_8080_8080_8080 == 0 {
                        unsafe add(eight: word.littleEndian, table)
                        index += 8
                        continue
                    }
                }
                let byte = unsafe text[index]
                if byte < 0x80 {
                    step(unsafe table[Int(byte)])
                    index += 1
                } else {
                    unsafe addScalar(of: text, &index)
                }
            }
        }
    }

    @inline(__always)
    private mutating func add(eight word: UInt64, _ table: UnsafeBufferPointer<UInt8>) {
        var window = last >> 1 & 0x3f80 | last & 0x7f
        var rest = word
        var count = ascii.count
        for _ in 0..<8 {
            window = unsafe (window << 7 | UInt32(table[Int(rest & 0xff)])) & 0x1f_ffff
            rest >>= 8
            ascii.insert(window, &count)
        }
        ascii.count = count
        last = window << 1 & 0x7f00 | window & 0x7f
    }

    @inline(__always)
    private mutating func step(_ byte: UInt8) {
        let gram = (last << 8 | UInt32(byte)) & 0xff_ffff
        last = gram & 0xffff
        if gram & 0x80_8080 == 0 {
            ascii.insert(gram >> 2 & 0x1f_c000 | gram >> 1 & 0x3f80 | gram & 0x7f)
        } else {
            others.insert(gram)
        }
    }

    /// A scalar that is not ASCII is folded; a byte that begins none stands for itself.
    private mutating func addScalar(of text: UnsafeRawBufferPointer, _ index: inout Int) {
        guard let (scalar, length) = unsafe UTF8Decoding.scalar(in: text, at: index) else {
            step(unsafe text[index])
            index += 1
            return
        }
        index += length
        UTF8Decoding.forEachByte(of: fold.folded(scalar)) { step($0) }
    }
}

/// A set of three small numbers packed into one, and its members in the order of insertion.
@safe private struct GramSet: ~Copyable {
    private let seen: UnsafeMutablePointer<UInt64>
    let list: UnsafeMutablePointer<UInt32>
    var count = 0

    /// - Parameter room: more members are never in it.
    init(bitsPerByte bits: UInt32, room: Int) {
        let words = 1 << Int(3 * bits - 6)
        unsafe seen = .allocate(capacity: words)
        unsafe seen.initialize(repeating: 0, count: words)
        unsafe list = .allocate(capacity: room)
        for first in 0..<UInt32(1) << bits {
            for third in 0..<UInt32(1) << bits {
                let gram = (first << bits | 10) << bits | third
                unsafe seen[Int(gram >> 6)] |= 1 << UInt64(gram & 63)
            }
        }
    }

    deinit {
        unsafe seen.deallocate()
        unsafe list.deallocate()
    }

    mutating func insert(_ gram: UInt32) {
        var grown = count
        insert(gram, &grown)
        count = grown
    }

    /// With the count elsewhere, so that it can stay in a register. Nothing here is a branch,
    /// because no processor can foresee which gram is new.
    @inline(__always)
    func insert(_ gram: UInt32, _ count: inout Int) {
        let word = Int(truncatingIfNeeded: gram &>> 6)
        let old = unsafe seen[word]
        unsafe seen[word] = old | 1 &<< UInt64(truncatingIfNeeded: gram)
        unsafe list[count] = gram
        count &+= Int(truncatingIfNeeded: ~(old &>> UInt64(truncatingIfNeeded: gram)) & 1)
    }

    mutating func removeAll() {
        // No member shares a word with those that are marked for good.
        for index in 0..<count { unsafe seen[Int(list[index] >> 6)] = 0 }
        count = 0
    }
}
