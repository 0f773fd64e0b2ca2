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
    /// Sorted groups as bytes, one behind the other; grows, and is kept.
    private var runs: UnsafeMutablePointer<UInt8>
    private var runsUsed = 0
    private var runsRoom = Self.room

    private(set) var units = 0

    init() {
        unsafe pairs = .allocate(capacity: Self.room)
        // Also takes a sorted group as bytes: at most five for each pair.
        unsafe sorted = .allocate(capacity: Self.room / 4 * 5)
        unsafe runs = .allocate(capacity: runsRoom)
    }

    deinit {
        unsafe pairs.deallocate()
        unsafe sorted.deallocate()
        unsafe runs.deallocate()
    }

    mutating func removeAll() {
        finished = []
        (count, unitsInGroup, units, runsUsed) = (0, 0, 0, 0)
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
        var heads = MergeHeads(finished.map { unsafe SortedRun($0, in: runs) })
        while let least = heads.least {
            let found = unsafe heads.takeUnits(of: least, into: numbers)
            unsafe body(Gram(bits: least), UnsafeBufferPointer(start: numbers, count: found))
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
            unsafe keep(bytes, length)
            finished.append(SortedGroup(start: runsUsed - length, length: length, firstUnit: first))
        }
        count = 0
        unitsInGroup = 0
    }

    private mutating func keep(_ bytes: UnsafeMutablePointer<UInt8>, _ length: Int) {
        if runsUsed + length > runsRoom {
            runsRoom = max(2 * runsRoom, runsUsed + length)
            let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: runsRoom)
            unsafe grown.update(from: runs, count: runsUsed)
            unsafe runs.deallocate()
            unsafe runs = grown
        }
        unsafe (runs + runsUsed).update(from: bytes, count: length)
        runsUsed += length
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

/// Where the bytes of one sorted group are.
private struct SortedGroup {
    let start: Int
    let length: Int
    let firstUnit: UInt32
}

/// The next gram of each of many sorted groups, sixteen to a vector.
private struct MergeHeads {
    private var runs: [SortedRun]
    private var grams: [SIMD16<UInt32>]

    init(_ runs: [SortedRun]) {
        self.runs = runs
        grams = Array(repeating: SIMD16(repeating: .max), count: (runs.count + 15) / 16)
        for (place, run) in runs.enumerated() { grams[place / 16][place % 16] = run.gram }
    }

    /// Nil at the end of all.
    var least: UInt32? {
        let least = grams.reduce(UInt32.max) { min($0, $1.min()) }
        return least == .max ? nil : least
    }

    /// Returns how many units were written.
    mutating func takeUnits(
        of gram: UInt32, into numbers: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var found = 0
        for block in grams.indices {
            let isHere = grams[block] .== SIMD16(repeating: gram)
            for lane in 0..<16 where isHere[lane] {
                unsafe runs[block * 16 + lane].takeUnits(into: numbers, &found)
                grams[block][lane] = runs[block * 16 + lane].gram
            }
        }
        return found
    }
}

/// One sorted group, and how far it was read.
@safe private struct SortedRun {
    private let bytes: UnsafeMutablePointer<UInt8>
    private let length: Int
    private let firstUnit: UInt32
    private var next = 0
    /// The gram that it goes on with; `max` at its end.
    private(set) var gram = UInt32.max

    init(_ group: SortedGroup, in runs: UnsafeMutablePointer<UInt8>) {
        unsafe bytes = runs + group.start
        length = group.length
        firstUnit = group.firstUnit
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
