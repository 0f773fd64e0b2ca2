/// Gathers (gram, unit) pairs of a whole segment, and gives them back gram by gram.
///
/// Units go in groups of up to 256, so that a pair is 32 bits, a group fits a cache, and sorting it
/// by gram takes two passes. Sorted groups are kept as bytes, a little more than one for each pair:
/// for each gram its three bytes, how many units more than one, and those units.
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
        // Also takes a sorted group as bytes: at most five for each pair.
        unsafe sorted = .allocate(capacity: Self.room / 4 * 5)
    }

    deinit {
        unsafe pairs.deallocate()
        unsafe sorted.deallocate()
        for group in finished { unsafe group.bytes.deallocate() }
    }

    /// The next unit is not indexed.
    mutating func addOpaqueUnit() {
        if unitsInGroup == Self.unitsPerGroup { closeGroup() }
        unitsInGroup += 1
        units += 1
    }

    /// The distinct grams of the next unit.
    mutating func addUnit(_ collector: borrowing GramCollector, isASCIIOnly: Bool) {
        let added = isASCIIOnly ? collector.asciiCount : collector.count
        if unitsInGroup == Self.unitsPerGroup || count + added > Self.room { closeGroup() }
        precondition(count + added <= Self.room, "\(added) grams in a unit")
        let unit = UInt32(unitsInGroup)
        unsafe collector.write(to: pairs + count, isASCIIOnly: isASCIIOnly)
        for index in count..<count + added { unsafe pairs[index] = pairs[index] << 8 | unit }
        count += added
        unitsInGroup += 1
        units += 1
    }

    /// Visits each gram once, ascending, with its units, ascending.
    mutating func forEachGram(_ body: (Gram, UnsafeBufferPointer<UInt32>) -> Void) {
        closeGroup()
        let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: units + 1)
        defer { unsafe numbers.deallocate() }
        let groups = finished.count
        unsafe withUnsafeTemporaryAllocation(of: SortedGroup.self, capacity: groups + 1) { heads in
            for index in 0..<groups {
                unsafe (heads.baseAddress! + index).initialize(to: finished[index])
            }
            while true {
                var least = UInt32.max
                for index in 0..<groups { unsafe least = min(least, heads[index].gram) }
                guard least != .max else { return }
                var found = 0
                for index in 0..<groups where unsafe heads[index].gram == least {
                    unsafe heads[index].takeUnits(into: numbers, &found)
                }
                unsafe body(
                    Gram(bits: least), UnsafeBufferPointer(start: numbers, count: found))
            }
        }
    }

    private mutating func closeGroup() {
        guard unitsInGroup > 0 else { return }
        unsafe sort(from: pairs, to: sorted, shift: 8)
        unsafe sort(from: sorted, to: pairs, shift: 20)
        let first = UInt32(units - unitsInGroup)
        unsafe UnsafeMutableRawPointer(sorted).withMemoryRebound(
            to: UInt8.self, capacity: Self.room * 5
        ) { bytes in
            let length = unsafe writeRuns(to: bytes)
            let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: length + 1)
            unsafe copy.initialize(from: bytes, count: length)
            finished.append(unsafe SortedGroup(bytes: copy, length: length, firstUnit: first))
        }
        count = 0
        unitsInGroup = 0
    }

    /// By twelve bits, leaving equal ones in order.
    private func sort(
        from source: UnsafeMutablePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>,
        shift: UInt32
    ) {
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4096) { buffer in
            guard let places = buffer.baseAddress else { return }
            unsafe places.initialize(repeating: 0, count: 4096)
            for index in 0..<count { unsafe places[Int(source[index] >> shift & 4095)] &+= 1 }
            var place: UInt32 = 0
            for digit in 0..<4096 {
                let size = unsafe places[digit]
                unsafe places[digit] = place
                place &+= size
            }
            for index in 0..<count {
                let pair = unsafe source[index]
                let digit = Int(pair >> shift & 4095)
                unsafe target[Int(places[digit])] = pair
                unsafe places[digit] &+= 1
            }
        }
    }

    /// The sorted pairs as bytes. Returns how many.
    private func writeRuns(to bytes: UnsafeMutablePointer<UInt8>) -> Int {
        var (index, used) = (0, 0)
        while index < count {
            let gram = unsafe pairs[index] >> 8
            let header = used
            unsafe bytes[header] = UInt8(truncatingIfNeeded: gram >> 16)
            unsafe bytes[header + 1] = UInt8(truncatingIfNeeded: gram >> 8)
            unsafe bytes[header + 2] = UInt8(truncatingIfNeeded: gram)
            used &+= 4
            while index < count, unsafe pairs[index] >> 8 == gram {
                unsafe bytes[used] = UInt8(truncatingIfNeeded: pairs[index])
                used &+= 1
                index &+= 1
            }
            unsafe bytes[header + 3] = UInt8(truncatingIfNeeded: used &- header &- 5)
        }
        return used
    }
}

/// One sorted group, and how far it was read.
@safe private struct SortedGroup {
    let bytes: UnsafeMutablePointer<UInt8>
    private let length: Int
    private let firstUnit: UInt32
    private var next = 0
    /// The gram that it goes on with; `max` at its end.
    private(set) var gram = UInt32.max

    init(bytes: UnsafeMutablePointer<UInt8>, length: Int, firstUnit: UInt32) {
        unsafe self.bytes = bytes
        self.length = length
        self.firstUnit = firstUnit
        readGram()
    }

    private mutating func readGram() {
        guard next < length else {
            gram = .max
            return
        }
        gram =
            unsafe UInt32(bytes[next]) << 16 | UInt32(bytes[next + 1]) << 8
            | UInt32(bytes[next + 2])
    }

    mutating func takeUnits(into numbers: UnsafeMutablePointer<UInt32>, _ count: inout Int) {
        let start = next + 4
        let size = unsafe Int(bytes[next + 3]) + 1
        for index in 0..<size {
            unsafe numbers[count + index] = firstUnit + UInt32(bytes[start + index])
        }
        count += size
        next = start + size
        readGram()
    }
}
