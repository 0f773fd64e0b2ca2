import GrepvineDistCore
import GrepvineTransport

/// Why a request over HTTP did not succeed: a problem document (RFC 9457). `code` is stable and
/// for programs, `detail` for people.
struct HTTPProblem: Error, Equatable {
    let status: Int
    let code: String
    let detail: String
    var headers: [HTTPHeader] = []

    static let contentType = "application/problem+json"

    init(_ status: Int, _ code: String, _ detail: String, headers: [HTTPHeader] = []) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }

    init(_ error: HTTPError) { self.init(error.status, Self.code(of: error), error.reason) }

    init(_ failure: Failure) {
        let status = Self.status(of: failure.code)
        let headers = status == 503 ? [HTTPHeader("retry-after", "1")] : []
        self.init(status, failure.code.rawValue, failure.message, headers: headers)
    }

    static func badRequest(_ detail: String) -> HTTPProblem {
        HTTPProblem(400, Failure.Code.badRequest.rawValue, detail)
    }

    private static func code(of error: HTTPError) -> String {
        switch error.status {
        case 411: "length-required"
        case 413: Failure.Code.tooLarge.rawValue
        case 417: "expectation-failed"
        case 431: "head-too-large"
        case 505: "http-version"
        default: Failure.Code.badRequest.rawValue
        }
    }

    private static func status(of code: Failure.Code) -> Int {
        switch code {
        case .badRequest, .badPattern, .badCursor: 400
        case .unauthorized: 401
        case .conflict: 409
        case .tooLarge: 413
        case .notReady, .overloaded, .unavailable: 503
        case .timedOut: 504
        default: 500
        }
    }

    /// The document, ended with a line feed.
    var document: [UInt8] {
        var bytes = Array("{\"type\":\"about:blank\",\"title\":".utf8)
        JSONText.append(HTTPStatus.phrase(status).utf8, to: &bytes)
        bytes += ",\"status\":\(status),\"code\":".utf8
        JSONText.append(code.utf8, to: &bytes)
        bytes += ",\"detail\":".utf8
        JSONText.append(detail.utf8, to: &bytes)
        return bytes + Array("}\n".utf8)
    }

    func append(to output: inout IOBuffer, keepsAlive: Bool, isHead: Bool = false) {
        document.withUnsafeBytes {
            output.appendHTTPResponse(
                status: status, headers: [HTTPHeader("content-type", Self.contentType)] + headers,
                body: $0, keepsAlive: keepsAlive, isHead: isHead)
        }
    }
}
