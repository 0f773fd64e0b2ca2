/// A few spans of bytes to look for, sixteen bytes at a time.
struct ByteSpans: Sendable {
    private var lows: SIMD4<UInt8> = .zero
    private var widths: SIMD4<UInt8> = .zero
    private var count = 0

    /// Nil when the bytes are common in text or form more than three spans: then looking for them
    /// is slower than walking on.
    init?(_ isMember: [Bool]) {
        var share = 0.0
        for byte in 0..<256 where isMember[byte] {
            share += ByteFrequency.share(of: UInt8(byte))
            if byte > 0, isMember[byte - 1] {
                widths[count - 1] += 1
            } else {
                guard count < 3 else { return nil }
                lows[count] = UInt8(byte)
                count += 1
            }
        }
        guard count > 0, share < 0.06 else { return nil }
        for index in count..<4 {
            lows[index] = lows[0]
            widths[index] = widths[0]
        }
    }

    /// The first member in `start..<end`, or `end`.
    func first(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while index + 16 <= end {
            let block = unsafe bytes.block(at: index)
            var found = (block &- lows[0]) .<= SIMD16(repeating: widths[0])
            for span in 1..<3 where span < count {
                let other = (block &- lows[span]) .<= SIMD16(repeating: widths[span])
                found .|= other
            }
            if let lane = found.firstLane { return index + lane }
            index += 16
        }
        while index < end {
            let byte = unsafe bytes[index]
            for span in 0..<count where byte &- lows[span] <= widths[span] { return index }
            index += 1
        }
        return end
    }
}
