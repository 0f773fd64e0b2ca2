package import GrepvineDistCore

/// A request is nil to be shown, an array of one to heal, an array of four to set.
extension MsgpackWriter {
    package mutating func write(_ request: ChaosRequest) {
        switch request {
        case .show: writeNil()
        case .heal(let peer):
            writeArray(count: 1)
            write(optional: peer)
        case .set(let faults, let peer, let directions, let lasting):
            writeArray(count: 4)
            write(faults)
            write(optional: peer)
            write(UInt64(directions.rawValue))
            write(milliseconds: lasting)
        }
    }

    package mutating func write(_ report: ChaosReport) {
        writeArray(count: 6)
        writeArray(count: report.rules.count)
        for rule in report.rules {
            writeArray(count: 4)
            write(rule.faults)
            write(optional: rule.peer)
            write(UInt64(rule.directions.rawValue))
            write(milliseconds: rule.remaining)
        }
        let counts = report.counts
        for count in [counts.dropped, counts.delayed, counts.duplicated, counts.overflowed] {
            write(count)
        }
        write(count: counts.heldBytes)
    }

    private mutating func write(_ faults: Faults) {
        writeArray(count: 5)
        write(UInt64(faults.drop.millionths))
        write(UInt64(faults.duplicate.millionths))
        write(faults.delay.wholeNanoseconds)
        write(faults.jitter.wholeNanoseconds)
        write(faults.isCut)
    }

    private mutating func write(optional text: String?) {
        if let text { write(text) } else { writeNil() }
    }

    private mutating func write(milliseconds time: Duration?) {
        if let time { write(time.wholeMilliseconds) } else { writeNil() }
    }
}

extension MsgpackReader {
    package mutating func readChaosRequest() throws(MsgpackError) -> ChaosRequest {
        if try readNilIfPresent() { return .show }
        switch try readArrayCount() {
        case 1: return .heal(peer: try readOptionalString())
        case 4:
            let faults = try readFaults()
            let peer = try readOptionalString()
            let directions = try readDirections()
            return .set(faults, peer: peer, directions, lasting: try readTime())
        default: throw .invalid("what to do about faults")
        }
    }

    package mutating func readChaosReport() throws(MsgpackError) -> ChaosReport {
        try enterArray(6)
        var report = ChaosReport()
        report.rules = try readList { (reader) throws(MsgpackError) in
            try reader.readChaosRule()
        }
        report.counts.dropped = try readUInt()
        report.counts.delayed = try readUInt()
        report.counts.duplicated = try readUInt()
        report.counts.overflowed = try readUInt()
        report.counts.heldBytes = try readCount()
        return report
    }

    private mutating func readChaosRule() throws(MsgpackError) -> ChaosRule {
        try enterArray(4)
        let faults = try readFaults()
        let peer = try readOptionalString()
        let directions = try readDirections()
        return ChaosRule(
            peer: peer, directions: directions, faults: faults, remaining: try readTime())
    }

    private mutating func readFaults() throws(MsgpackError) -> Faults {
        try enterArray(5)
        var faults = Faults()
        faults.drop = try readChance()
        faults.duplicate = try readChance()
        faults.delay = try readDelay()
        faults.jitter = try readDelay()
        faults.isCut = try readBool()
        return faults
    }

    private mutating func readChance() throws(MsgpackError) -> Chance {
        guard let millionths = UInt32(exactly: try readUInt()),
            let chance = Chance(millionths: millionths)
        else { throw .invalid("a chance") }
        return chance
    }

    private mutating func readDelay() throws(MsgpackError) -> Duration {
        let delay = Duration.nanoseconds(try readInt())
        guard (.zero...Faults.longestDelay).contains(delay) else { throw .invalid("a delay") }
        return delay
    }

    private mutating func readDirections() throws(MsgpackError) -> ChaosDirections {
        let directions = ChaosDirections(rawValue: try readUInt8())
        guard !directions.isEmpty, ChaosDirections.both.isSuperset(of: directions) else {
            throw .invalid("a direction")
        }
        return directions
    }

    private mutating func readTime() throws(MsgpackError) -> Duration? {
        if try readNilIfPresent() { return nil }
        let time = Duration.milliseconds(try readInt())
        guard (.zero...ChaosRequest.longestTime).contains(time) else { throw .invalid("a time") }
        return time
    }

    private mutating func readOptionalString() throws(MsgpackError) -> String? {
        try readNilIfPresent() ? nil : try readString()
    }
}
