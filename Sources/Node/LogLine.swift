package import GrepvineDistCore

/// A log event as one line without its line feed. Pure: the time comes from the caller.
package enum LogLine {
    /// `2026-01-02T03:04:05.678Z info  n1 member-joined member=n2 partitions=341`
    package static func text(_ event: LogEvent, node: String, at time: WallTime) -> [UInt8] {
        var line = Array(time.rfc3339.utf8)
        line.append(.space)
        line += event.level.name.utf8
        line += Array(repeating: .space, count: max(0, 7 - event.level.name.utf8.count))
        line.append(.space)
        appendWord(node, to: &line)
        line.append(.space)
        line += event.name.utf8
        for field in event.fields {
            line.append(.space)
            line += field.name.utf8
            line.append(UInt8(ascii: "="))
            appendWord(field.value.plain, to: &line)
        }
        return line
    }

    /// One JSON object. Fields from the first that would pass `limit` bytes on are left out, and
    /// `"truncated":true` says so.
    package static func json(
        _ event: LogEvent, node: String, at time: WallTime, limit: Int = .max
    ) -> [UInt8] {
        let ending = Array(",\"truncated\":true}".utf8)
        var line = Array("{\"time\":\"\(time.rfc3339)\",\"level\":\"\(event.level.name)\"".utf8)
        line += ",\"node\":".utf8
        appendQuoted(node, to: &line)
        line += ",\"event\":".utf8
        appendQuoted(event.name, to: &line)
        for field in event.fields {
            var member = Array(",".utf8)
            appendQuoted(field.name, to: &member)
            member.append(UInt8(ascii: ":"))
            appendJSON(field.value, to: &member)
            if member.count > limit - line.count - ending.count { return line + ending }
            line += member
        }
        line.append(UInt8(ascii: "}"))
        return line
    }

    /// As it is when it is one plain word, quoted otherwise.
    private static func appendWord(_ text: String, to line: inout [UInt8]) {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > .space && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") && $0 != 0x7f
            }
        if isPlain { line += text.utf8 } else { appendQuoted(text, to: &line) }
    }

    private static func appendJSON(_ value: LogValue, to line: inout [UInt8]) {
        if case .text(let text) = value {
            appendQuoted(text, to: &line)
        } else {
            line += value.plain.utf8
        }
    }

    private static func appendQuoted(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): line += "\\n".utf8
            case 0..<0x20, 0x7f:
                let digits = String(byte, radix: 16)
                line += "\\u00\(digits.utf8.count < 2 ? "0" : "")\(digits)".utf8
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}

extension LogValue {
    /// Without quotes. Durations are milliseconds with up to three decimals.
    package var plain: String {
        switch self {
        case .text(let text): return text
        case .integer(let number): return String(number)
        case .flag(let truth): return truth ? "true" : "false"
        case .duration(let duration):
            let micros = duration.wholeNanoseconds / 1000
            let (whole, rest) = micros.magnitude.quotientAndRemainder(dividingBy: 1000)
            let sign = micros < 0 ? "-" : ""
            guard rest > 0 else { return "\(sign)\(whole)" }
            let digits = String(rest)
            return "\(sign)\(whole)." + String(repeating: "0", count: 3 - digits.count) + digits
        }
    }
}

extension WallTime {
    /// `2026-01-02T03:04:05.678Z`, in UTC. Years past 9999 or before 0 are not written right.
    package var rfc3339: String {
        let day = 86_400_000 as Int64
        let days = milliseconds >= 0 ? milliseconds / day : (milliseconds - day + 1) / day
        let (year, month, dayOfMonth) = Self.civil(days)
        let rest = milliseconds - days * day
        let date = "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(dayOfMonth, 2))"
        let hours = Self.digits(rest / 3_600_000, 2)
        let minutes = Self.digits(rest / 60_000 % 60, 2)
        let seconds = Self.digits(rest / 1000 % 60, 2)
        return "\(date)T\(hours):\(minutes):\(seconds).\(Self.digits(rest % 1000, 3))Z"
    }

    /// Proleptic Gregorian date of a day counted from 1970. Years begin in March here, so that the
    /// leap day comes last; 400 years are one era of 146,097 days.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

extension UInt8 {
    fileprivate static let space = UInt8(ascii: " ")
}
