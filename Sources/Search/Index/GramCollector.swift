/// The distinct grams of one unit at a time.
///
/// One bit for each possible gram says whether the unit has it already. Grams with a line feed in
/// the middle are marked for good, so that they never count as new and nothing has to look for
/// line feeds.
@safe struct GramCollector: ~Copyable {
    /// More distinct grams than this, and the unit is not worth an index: see `isOpaque`.
    static let most = 1 << 16
    /// Bytes between two looks at how many there are.
    private static let block = 4096

    private let seen: UnsafeMutablePointer<UInt64>
    private let list: UnsafeMutablePointer<UInt32>
    private(set) var count = 0
    private let fold = FoldTable.shared
    /// The last two folded bytes; the first text begins a line.
    private var last: UInt32 = 0x0a0a

    init() {
        unsafe seen = .allocate(capacity: 1 << 18)
        unsafe seen.initialize(repeating: 0, count: 1 << 18)
        unsafe list = .allocate(capacity: Self.most + Self.block + 8)
        for first in 0..<UInt32(256) {
            for third in 0..<UInt32(256) { _ = mark(first << 16 | 0x0a00 | third) }
        }
    }

    deinit {
        unsafe seen.deallocate()
        unsafe list.deallocate()
    }

    /// Too many grams have been seen; the rest of the unit need not be looked at.
    var isOpaque: Bool { count > Self.most }

    /// The grams of the unit, in the order of first sight.
    var grams: UnsafeBufferPointer<UInt32> {
        unsafe UnsafeBufferPointer(start: list, count: count)
    }

    mutating func removeAll() {
        // No gram of the list shares a word with those that are marked for good.
        for index in 0..<count { unsafe seen[Int(list[index] >> 6)] = 0 }
        count = 0
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
        let ascii = fold.ascii
        unsafe ascii.withUnsafeBufferPointer { table in
            while index < end {
                if index + 8 <= end {
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
        var window = last
        var count = count
        var rest = word
        for _ in 0..<8 {
            window = unsafe (window << 8 | UInt32(table[Int(rest & 0xff)])) & 0xff_ffff
            rest >>= 8
            unsafe list[count] = window
            if mark(window) { count += 1 }
        }
        last = window
        self.count = count
    }

    @inline(__always)
    private mutating func step(_ byte: UInt8) {
        last = (last << 8 | UInt32(byte)) & 0xff_ffff
        unsafe list[count] = last
        if mark(last) { count += 1 }
    }

    /// Marks a gram and tells whether it is new.
    @inline(__always)
    private func mark(_ gram: UInt32) -> Bool {
        let bit = UInt64(1) << UInt64(gram & 63)
        let old = unsafe seen[Int(gram >> 6)]
        unsafe seen[Int(gram >> 6)] = old | bit
        return old & bit == 0
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

/// UTF-8 as far as folding needs it.
enum UTF8Decoding {
    /// The scalar of two to four bytes that lies at `index`, and its length; nil when the bytes
    /// there are no whole scalar.
    static func scalar(
        in text: UnsafeRawBufferPointer, at index: Int
    ) -> (scalar: UInt32, length: Int)? {
        let lead = unsafe text[index]
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        guard lead >= 0xc2, lead <= 0xf4, index + length <= text.count else { return nil }
        var scalar = UInt32(lead) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = unsafe text[index + offset]
            guard byte & 0xc0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(byte & 0x3f)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1_0000
        guard scalar >= least, Unicode.Scalar(scalar) != nil else { return nil }
        return (scalar, length)
    }

    @inline(__always)
    static func forEachByte(of scalar: UInt32, _ body: (UInt8) -> Void) {
        if scalar < 0x80 {
            body(UInt8(scalar))
        } else if scalar < 0x800 {
            body(UInt8(0xc0 | scalar >> 6))
            body(UInt8(0x80 | scalar & 0x3f))
        } else {
            if scalar < 0x1_0000 {
                body(UInt8(0xe0 | scalar >> 12))
            } else {
                body(UInt8(0xf0 | scalar >> 18))
                body(UInt8(0x80 | scalar >> 12 & 0x3f))
            }
            body(UInt8(0x80 | scalar >> 6 & 0x3f))
            body(UInt8(0x80 | scalar & 0x3f))
        }
    }
}
