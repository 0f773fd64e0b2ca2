/// Which scalars belong to a script.
enum UnicodeScripts {
    /// By the long or the short name, in lower case without underscores; nil for no script.
    static func set(_ name: String) -> ScalarSet? {
        for entry in ScriptTable.text.split(separator: " ") {
            let parts = entry.split(separator: ":")
            guard parts[0] == name || parts[1] == name else { continue }
            return ScalarSet(ranges(in: parts[2]))
        }
        return nil
    }

    private static func ranges(in text: Substring) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        var end: UInt32 = 0
        for part in text.split(separator: ",") {
            let numbers = part.split(separator: ".").compactMap { UInt32($0, radix: 36) }
            let low = end + numbers[0]
            end = low + (numbers.count > 1 ? numbers[1] : 0)
            ranges.append(low...end)
        }
        return ranges
    }
}
