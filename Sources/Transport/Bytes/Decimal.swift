/// Writes at most 20 characters and returns how many.
func writeDecimal(_ number: Int64, at start: UnsafeMutablePointer<UInt8>) -> Int {
    let magnitude = number.magnitude
    guard number < 0 else { return writeDigits(magnitude, at: start) }
    start[0] = UInt8(ascii: "-")
    return 1 + writeDigits(magnitude, at: start + 1)
}

private func writeDigits(_ number: UInt64, at start: UnsafeMutablePointer<UInt8>) -> Int {
    let zero = UInt8(ascii: "0")
    if number < 10 {
        start[0] = zero + UInt8(truncatingIfNeeded: number)
        return 1
    }
    let length = digitCount(number)
    var rest = number
    var index = length
    while index > 0 {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        index &-= 1
        start[index] = zero &+ UInt8(truncatingIfNeeded: digit)
        rest = quotient
    }
    return length
}

private func digitCount(_ number: UInt64) -> Int {
    var count = 1
    var rest = number
    while rest >= 10_000 {
        rest /= 10_000
        count &+= 4
    }
    return count &+ (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
}
