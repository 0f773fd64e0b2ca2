import GrepvineTransport

/// One resource of the HTTP face, declared once.
struct HTTPRoute: Sendable {
    enum Resource: Sendable, CaseIterable {
        case live, ready, metrics, grep
    }

    let resource: Resource
    let path: String
    /// HEAD is among them wherever GET is.
    let methods: [String]

    static let table: [HTTPRoute] = [
        HTTPRoute(resource: .live, path: "/livez", methods: ["GET", "HEAD"]),
        HTTPRoute(resource: .ready, path: "/readyz", methods: ["GET", "HEAD"]),
        HTTPRoute(resource: .metrics, path: "/metrics", methods: ["GET", "HEAD"]),
        HTTPRoute(resource: .grep, path: "/v1/grep", methods: ["GET", "HEAD", "POST"]),
    ]

    /// Where a request leads to.
    static func of(_ request: HTTPRequest) throws(HTTPProblem) -> HTTPRoute {
        guard let route = table.first(where: { $0.path == request.path }) else {
            let paths = table.map(\.path).joined(separator: ", ")
            throw HTTPProblem(
                404, "not-found",
                "there is nothing at \(request.path.prefix(256)); there is \(paths)")
        }
        guard route.methods.contains(request.method) else {
            let methods = route.methods.joined(separator: ", ")
            throw HTTPProblem(
                405, "method-not-allowed", "\(route.path) takes \(methods)",
                headers: [HTTPHeader("allow", methods)])
        }
        return route
    }
}
