import GrepvineDistCore
import GrepvineTransport

/// An answer in plain text.
struct HTTPText {
    var type = "text/plain; charset=utf-8"
    var text = "ok\n"

    static let live = HTTPText()

    static func readiness(_ node: borrowing Node) throws(HTTPProblem) -> HTTPText {
        guard let reason = node.unreadiness else { return HTTPText() }
        throw HTTPProblem(Failure(.notReady, reason))
    }

    static func metrics(_ node: borrowing Node, _ now: Moment) -> HTTPText {
        HTTPText(
            type: "text/plain; version=0.0.4; charset=utf-8",
            text: MetricsReport.text(node, now: now))
    }

    func append(to output: inout IOBuffer, _ request: HTTPRequest) {
        output.appendHTTPResponse(
            status: 200, contentType: type, text: text, keepsAlive: request.keepsAlive,
            isHead: request.isHead)
    }
}
