package import GrepvineDistCore
package import GrepvineTransport

/// The HTTP face of one connection: health and metrics. Pure, as the other faces.
package struct HTTPSession {
    package let id: UInt64
    package private(set) var isOver = false
    private let decoder = HTTPRequestDecoder(limits: HTTPLimits(body: 1 << 20))

    package init(id: UInt64) { self.id = id }

    package mutating func receive(
        _ input: inout IOBuffer, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        while !isOver {
            switch decoder.decode(UnsafeRawBufferPointer(input.readable)) {
            case .needMore: return
            case .invalid(let error):
                output.appendHTTPResponse(
                    status: error.status, contentType: "text/plain; charset=utf-8",
                    text: error.reason + "\n", keepsAlive: false)
                isOver = true
            case .request(let request):
                answer(request, node, &output, now: now)
                input.consume(request.length)
                isOver = !request.keepsAlive
            }
        }
    }

    private func answer(
        _ request: HTTPRequest, _ node: borrowing Node, _ output: inout IOBuffer, now: Moment
    ) {
        let (status, type, text) = content(request, node, now: now)
        output.appendHTTPResponse(
            status: status, contentType: type, text: text, keepsAlive: request.keepsAlive,
            isHead: request.isHead)
    }

    private func content(
        _ request: HTTPRequest, _ node: borrowing Node, now: Moment
    ) -> (status: Int, type: String, text: String) {
        let plain = "text/plain; charset=utf-8"
        guard request.method == "GET" || request.isHead else {
            return (405, plain, "only GET and HEAD are served here\n")
        }
        switch request.path {
        case "/livez": return (200, plain, "ok\n")
        case "/readyz":
            guard let reason = node.unreadiness else { return (200, plain, "ok\n") }
            return (503, plain, reason + "\n")
        case "/metrics":
            return (
                200, "text/plain; version=0.0.4; charset=utf-8", MetricsReport.text(node, now: now)
            )
        default: return (404, plain, "there is /livez, /readyz and /metrics\n")
        }
    }
}
