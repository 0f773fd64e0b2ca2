import GrepvineDistCore

extension Hello {
    package func encoded() -> [UInt8] {
        var writer = MsgpackWriter()
        writer.writeArray(count: 8)
        writer.write(UInt64(protocols.lowerBound))
        writer.write(UInt64(protocols.upperBound))
        writer.write(UInt64(role.rawValue))
        writer.write(cluster)
        writer.write(clusterID)
        writer.write(node)
        writer.write(bootEpoch)
        writer.write(name)
        return writer.bytes
    }

    package init(decoding bytes: UnsafeRawBufferPointer) throws(MsgpackError) {
        self = try decodeWhole(bytes) { (reader) throws(MsgpackError) in
            try reader.enterArray(8)
            let lowest = try reader.readUInt16()
            let highest = try reader.readUInt16()
            guard lowest <= highest else { throw .invalid("a range of protocol versions") }
            guard let role = Role(rawValue: try reader.readUInt8()) else {
                throw .invalid("a role")
            }
            return Hello(
                protocols: lowest...highest, role: role, cluster: try reader.readString(),
                clusterID: try reader.readOptionalNodeID(),
                node: try reader.readOptionalNodeID(), bootEpoch: try reader.readUInt(),
                name: try reader.readString())
        }
    }
}

extension Welcome {
    package func encoded() -> [UInt8] {
        var writer = MsgpackWriter()
        writer.writeArray(count: 6)
        writer.write(UInt64(protocolVersion))
        writer.write(cluster)
        writer.write(clusterID)
        writer.write(node)
        writer.write(name)
        writer.write(epoch)
        return writer.bytes
    }

    package init(decoding bytes: UnsafeRawBufferPointer) throws(MsgpackError) {
        self = try decodeWhole(bytes) { (reader) throws(MsgpackError) in
            try reader.enterArray(6)
            return Welcome(
                protocolVersion: try reader.readUInt16(), cluster: try reader.readString(),
                clusterID: try reader.readOptionalNodeID(), node: try reader.readNodeID(),
                name: try reader.readString(), epoch: try reader.readUInt())
        }
    }
}

extension Refused {
    package func encoded() -> [UInt8] {
        var writer = MsgpackWriter()
        writer.write(failure)
        return writer.bytes
    }

    package init(decoding bytes: UnsafeRawBufferPointer) throws(MsgpackError) {
        self = try decodeWhole(bytes) { (reader) throws(MsgpackError) in
            Refused(try reader.readFailure())
        }
    }
}
