public import GrepvineDistCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Values of Swift types, as JSON.
extension Client {
    /// Decodes the value of a key; nil when there is none.
    ///
    /// - Throws: `badValue` when the value is not JSON of that type.
    public func get<Value: Decodable>(
        _ key: Key, as type: Value.Type, consistency: Consistency? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> Value? {
        guard let entry = try await get(key, consistency: consistency, timeout: timeout)
        else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(entry.value))
        } catch {
            throw Failure(.badValue, "the value of \(key) is no JSON of \(type): \(error)")
        }
    }

    /// Writes a value as JSON, with sorted keys, so that equal values are equal bytes.
    @discardableResult
    public func set(
        _ key: Key, json value: some Encodable, expiration: Expiration = .never,
        consistency: Consistency? = nil, retrying version: Version? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> WriteReceipt {
        let bytes: [UInt8]
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            bytes = Array(try encoder.encode(value))
        } catch {
            throw Failure(.badValue, "\(Swift.type(of: value)) has no JSON: \(error)")
        }
        return try await set(
            key, bytes, contentType: .json, expiration: expiration, consistency: consistency,
            retrying: version, timeout: timeout)
    }
}
