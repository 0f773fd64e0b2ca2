package import GrepvineDistCore

extension MsgpackWriter {
    package mutating func write(_ request: RepairRequest) {
        writeArray(count: 2)
        if let partition = request.partition {
            write(UInt64(partition.number))
        } else {
            writeNil()
        }
        write(request.starts)
    }

    package mutating func write(_ report: RepairReport) {
        writeArray(count: 15)
        for count in [
            report.partitions, report.unreachable, report.dirty, report.differing,
            report.recovering, report.running, report.hints,
        ] {
            write(UInt64(count))
        }
        write(age: report.oldestClean)
        write(age: report.oldestProof)
        for count in [
            report.rounds, report.exchanges, report.differences, report.applied,
            report.sentBytes, report.receivedBytes,
        ] {
            write(count)
        }
    }

    private mutating func write(age: Duration?) {
        if let age { write(age.wholeMilliseconds) } else { writeNil() }
    }
}

extension MsgpackReader {
    package mutating func readRepairRequest() throws(MsgpackError) -> RepairRequest {
        try enterArray(2)
        var request = RepairRequest()
        if try !readNilIfPresent() {
            guard let number = UInt16(exactly: try readUInt()), number < Partition.count else {
                throw .invalid("a partition")
            }
            request.partition = Partition(number: number)
        }
        request.starts = try readBool()
        return request
    }

    package mutating func readRepairReport() throws(MsgpackError) -> RepairReport {
        try enterArray(15)
        var report = RepairReport()
        report.partitions = try readSmall()
        report.unreachable = try readSmall()
        report.dirty = try readSmall()
        report.differing = try readSmall()
        report.recovering = try readSmall()
        report.running = try readSmall()
        report.hints = try readSmall()
        report.oldestClean = try readAge()
        report.oldestProof = try readAge()
        report.rounds = try readUInt()
        report.exchanges = try readUInt()
        report.differences = try readUInt()
        report.applied = try readUInt()
        report.sentBytes = try readUInt()
        report.receivedBytes = try readUInt()
        return report
    }

    private mutating func readAge() throws(MsgpackError) -> Duration? {
        if try readNilIfPresent() { return nil }
        let milliseconds = try readInt()
        guard milliseconds >= 0 else { throw .invalid("an age") }
        return .milliseconds(milliseconds)
    }

    /// Below 2³².
    private mutating func readSmall() throws(MsgpackError) -> Int {
        guard let count = UInt32(exactly: try readUInt()) else { throw .invalid("a count") }
        return Int(count)
    }
}
