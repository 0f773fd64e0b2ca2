/// Gathers (gram, unit) pairs of a whole segment, and gives them back gram by gram.
///
/// Units go in groups of up to 256, so that a pair is 32 bits, a group fits a cache, and sorting it
/// by gram takes two passes. Sorted groups are kept as bytes: a gram, how many units, those units.
/// So the whole costs a few bytes more than the postings that come out of it.
@safe struct GramGroups: ~Copyable {
    private static let unitsPerGroup = 256
    private static let room = 1 << 20

    private let pairs: UnsafeMutablePointer<UInt32>
    private let sorted: UnsafeMutablePointer<UInt32>
    private var count = 0
    private var unitsInGroup = 0
    private var finished: [SortedGroup] = []

    private(set) var units = 0

    init() {
        unsafe pairs = .allocate(capacity: Self.room)
        unsafe sorted = .allocate(capacity: Self.room)
    }

    deinit {
        unsafe pairs.deallocate()
        unsafe sorted.deallocate()
    }

    /// The distinct grams of the next unit: at most as many as a collector holds.
    mutating func addUnit(_ grams: UnsafeBufferPointer<UInt32>) {
        if unitsInGroup == Self.unitsPerGroup || count + grams.count > Self.room { closeGroup() }
        precondition(count + grams.count <= Self.room, "\(grams.count) grams in a unit")
        let unit = UInt32(unitsInGroup)
        for index in 0..<grams.count { unsafe pairs[count + index] = grams[index] << 8 | unit }
        count += grams.count
        unitsInGroup += 1
        units += 1
    }

    /// Visits each gram once, ascending, with its units, ascending.
    mutating func forEachGram(_ body: (Gram, [UInt32]) -> Void) {
        closeGroup()
        var heads = finished.indices.map { finished[$0].gram }
        var numbers: [UInt32] = []
        while let least = heads.min(), least != .max {
            numbers.removeAll(keepingCapacity: true)
            for index in heads.indices where heads[index] == least {
                finished[index].takeUnits(into: &numbers)
                heads[index] = finished[index].gram
            }
            body(Gram(bits: least), numbers)
        }
        finished = []
    }

    private mutating func closeGroup() {
        guard unitsInGroup > 0 else { return }
        unsafe sort(from: pairs, to: sorted, shift: 8)
        unsafe sort(from: sorted, to: pairs, shift: 20)
        finished.append(
            SortedGroup(firstUnit: UInt32(units - unitsInGroup), bytes: runs()))
        count = 0
        unitsInGroup = 0
    }

    /// By twelve bits, leaving equal ones in order.
    private func sort(
        from source: UnsafeMutablePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>,
        shift: UInt32
    ) {
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 4096) { places in
            unsafe places.initialize(repeating: 0)
            for index in 0..<count { unsafe places[Int(source[index] >> shift & 4095)] += 1 }
            var place = 0
            for digit in 0..<4096 {
                let size = unsafe places[digit]
                unsafe places[digit] = place
                place += size
            }
            for index in 0..<count {
                let pair = unsafe source[index]
                let digit = Int(pair >> shift & 4095)
                unsafe target[places[digit]] = pair
                unsafe places[digit] += 1
            }
        }
    }

    /// The sorted pairs as bytes.
    private func runs() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + count / 4 + 4)
        var index = 0
        while index < count {
            let gram = unsafe pairs[index] >> 8
            var end = index + 1
            while end < count, unsafe pairs[end] >> 8 == gram { end += 1 }
            bytes.append(UInt8(truncatingIfNeeded: gram >> 16))
            bytes.append(UInt8(truncatingIfNeeded: gram >> 8))
            bytes.append(UInt8(truncatingIfNeeded: gram))
            bytes.append(UInt8(end - index - 1))
            for pair in index..<end { bytes.append(UInt8(truncatingIfNeeded: unsafe pairs[pair])) }
            index = end
        }
        return bytes
    }
}

/// One sorted group: for each gram its three bytes, how many more units than one, and the units.
private struct SortedGroup {
    let firstUnit: UInt32
    let bytes: [UInt8]
    private var next = 0

    init(firstUnit: UInt32, bytes: [UInt8]) {
        self.firstUnit = firstUnit
        self.bytes = bytes
    }

    /// The gram that it goes on with; `max` at its end.
    var gram: UInt32 {
        guard next < bytes.count else { return .max }
        return UInt32(bytes[next]) << 16 | UInt32(bytes[next + 1]) << 8 | UInt32(bytes[next + 2])
    }

    mutating func takeUnits(into numbers: inout [UInt32]) {
        let count = Int(bytes[next + 3]) + 1
        for index in next + 4..<next + 4 + count {
            numbers.append(firstUnit + UInt32(bytes[index]))
        }
        next += 4 + count
    }
}
