package import GrepvineDistCore

extension MsgpackWriter {
    package mutating func write(_ status: MemberStatus) {
        writeArray(count: 17)
        write(status.id)
        write(status.name)
        write(status.address)
        write(UInt64(status.respPort))
        write(UInt64(status.httpPort))
        write(status.zone)
        write(status.liveness.rawValue)
        write(status.incarnation)
        write(status.bootEpoch)
        write(count: status.partitions)
        write(count: status.recovering)
        write(count: status.accusers)
        write(optional: status.roundTrip.map(Self.microseconds))
        write(optional: status.callTime.map(Self.microseconds))
        write(status.isAvoided)
        write(UInt64(status.protocols.lowerBound))
        write(UInt64(status.protocols.upperBound))
    }

    private static func microseconds(_ time: Duration) -> Int {
        max(0, Int(time.wholeNanoseconds / 1000))
    }

    package mutating func write(_ explanation: Explanation) {
        writeArray(count: 6)
        write(explanation.key)
        write(UInt64(explanation.slot.number))
        write(UInt64(explanation.partition.number))
        write(explanation.epoch)
        writeArray(count: explanation.owners.count)
        for owner in explanation.owners { write(owner) }
        write(explanation.route)
    }

    package mutating func write(_ setting: SettingValue) {
        writeArray(count: 3)
        write(setting.name)
        write(setting.value)
        write(setting.origin)
    }
}

extension MsgpackReader {
    package mutating func readMemberStatus() throws(MsgpackError) -> MemberStatus {
        try enterArray(17)
        var status = MemberStatus(
            id: try readNodeID(), name: try readString(), address: try readAddress(),
            respPort: try readUInt16(), httpPort: try readUInt16(), zone: try readString(),
            liveness: try readLiveness(), incarnation: try readUInt(), bootEpoch: try readUInt(),
            partitions: try readCount(), recovering: try readCount())
        status.accusers = try readCount()
        status.roundTrip = try readOptionalCount().map { .microseconds($0) }
        status.callTime = try readOptionalCount().map { .microseconds($0) }
        status.isAvoided = try readBool()
        let (lowest, highest) = (try readUInt16(), try readUInt16())
        guard lowest <= highest else { throw .invalid("a range of protocol versions") }
        status.protocols = lowest...highest
        return status
    }

    package mutating func readExplanation() throws(MsgpackError) -> Explanation {
        try enterArray(6)
        return Explanation(
            key: try readKey(), slot: Slot(number: try readNumber(below: Slot.count)),
            partition: Partition(number: try readNumber(below: Partition.count)),
            epoch: try readUInt(),
            owners: try readList { (reader) throws(MsgpackError) in
                try reader.readMemberStatus()
            },
            route: try readString())
    }

    package mutating func readSettingValue() throws(MsgpackError) -> SettingValue {
        try enterArray(3)
        return SettingValue(
            name: try readString(), value: try readString(), origin: try readString())
    }

    private mutating func readLiveness() throws(MsgpackError) -> MemberStatus.Liveness {
        guard let liveness = MemberStatus.Liveness(rawValue: try readString()) else {
            throw .invalid("alive, suspect, dead or left")
        }
        return liveness
    }

    private mutating func readNumber(below bound: Int) throws(MsgpackError) -> UInt16 {
        let number = try readUInt16()
        guard number < bound else { throw .invalid("a number below \(bound)") }
        return number
    }
}
