/// Why bytes are no JSON text that is taken here, and where that was noticed.
package struct JSONError: Error, Hashable, Sendable {
    package let reason: String
    /// In bytes from the start.
    package let offset: Int

    package init(reason: String, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { "invalid JSON at byte \(offset): \(reason)" }
}
