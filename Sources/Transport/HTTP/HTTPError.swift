/// Why bytes are no request that is answered here. Answer with the status and close: what follows
/// could be anything.
package struct HTTPError: Error, Hashable, Sendable {
    package let status: Int
    package let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}

package struct HTTPLimits: Hashable, Sendable {
    /// Bytes of the request line and all headers.
    package var head: Int
    package var headers: Int
    /// Bytes of a body.
    package var body: Int

    package init(head: Int = 16 << 10, headers: Int = 100, body: Int = 64 << 20) {
        self.head = head
        self.headers = headers
        self.body = body
    }
}
