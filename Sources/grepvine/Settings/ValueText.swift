import GrepvineDistCore

/// Truth as people write it.
enum ToggleText {
    static func parse(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }
}

/// Sizes as people write them: `64`, `512k`, `8m`, `1.5GiB`. Powers of 1024.
enum ByteText {
    static func parse(_ text: String) -> Int? {
        guard let (amount, unit) = splitNumber(text), let scale = scale(of: unit) else {
            return nil
        }
        let bytes = amount * Double(scale)
        return bytes < Double(Int.max) ? Int(bytes) : nil
    }

    /// The shortest exact form: 8388608 is `8m`.
    static func text(_ bytes: Int) -> String {
        for (suffix, scale) in [("t", 1 << 40), ("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10)]
        where bytes >= scale && bytes % scale == 0 {
            return "\(bytes / scale)\(suffix)"
        }
        return "\(bytes)"
    }

    private static func scale(of unit: Substring) -> Int? {
        switch unit.lowercased() {
        case "", "b": 1
        case "k", "kb", "kib": 1 << 10
        case "m", "mb", "mib": 1 << 20
        case "g", "gb", "gib": 1 << 30
        case "t", "tb", "tib": 1 << 40
        default: nil
        }
    }
}

/// Times as people write them: `500ms`, `2s`, `1.5h`. A bare number has no unit and is refused.
enum DurationText {
    static func parse(_ text: String) -> Duration? {
        guard let (amount, unit) = splitNumber(text), let seconds = seconds(in: unit),
            amount * seconds < 1e10
        else { return nil }
        return .nanoseconds(Int64((amount * seconds * 1e9).rounded()))
    }

    /// The largest unit that is exact: 120 s is `2m`.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        for (suffix, scale) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        where milliseconds >= scale && milliseconds % Int64(scale) == 0 {
            return "\(milliseconds / Int64(scale))\(suffix)"
        }
        return "\(milliseconds)ms"
    }

    private static func seconds(in unit: Substring) -> Double? {
        switch unit {
        case "us", "µs": 1e-6
        case "ms": 1e-3
        case "s": 1
        case "m", "min": 60
        case "h": 3600
        case "d": 86_400
        default: nil
        }
    }
}

/// Chances as people write them: `10%`, `0.5%`. A bare number may mean either and is refused.
enum ChanceText {
    static func parse(_ text: String) -> Chance? {
        guard let (amount, unit) = splitNumber(text), unit == "%", amount <= 100 else { return nil }
        return Chance(millionths: UInt32((amount * 10_000).rounded()))
    }
}

/// `1.5h` is 1.5 and `h`. Digits and at most one point; no sign, no exponent.
private func splitNumber(_ text: String) -> (amount: Double, unit: Substring)? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard digits.first?.isNumber == true, let amount = Double(digits), amount.isFinite else {
        return nil
    }
    return (amount, text[digits.endIndex...])
}
