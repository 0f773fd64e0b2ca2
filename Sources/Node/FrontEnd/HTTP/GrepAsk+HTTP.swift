import GrepvineDistCore
import GrepvineTransport

extension GrepAsk {
    /// Of the query of a GET, or of the JSON object in a POST.
    init(_ request: HTTPRequest, _ body: UnsafeRawBufferPointer) throws(HTTPProblem) {
        if request.method == "POST" {
            let members = try Self.members(request, body)
            do throws(GrepOptionError) {
                self = try GrepAsk(members)
            } catch {
                throw .badRequest(error.text)
            }
        } else {
            guard let parameters = request.parameters else {
                throw .badRequest("an escape in the query is malformed")
            }
            do throws(GrepOptionError) {
                self = try GrepAsk(parameters)
            } catch {
                throw .badRequest(error.text)
            }
        }
    }

    private static func members(
        _ request: HTTPRequest, _ body: UnsafeRawBufferPointer
    ) throws(HTTPProblem) -> [JSONValue.Member] {
        guard (request.query ?? "").isEmpty else {
            throw .badRequest("a POST has its options in the body and none in the query")
        }
        let type = request.header("content-type") ?? "application/json"
        let essence = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard essence == "application/json" else {
            throw HTTPProblem(
                415, "unsupported-media-type",
                "the body is \(essence.prefix(64)), send application/json")
        }
        do throws(JSONError) {
            guard case .object(let members) = try JSONValue(decoding: body) else {
                throw JSONError(reason: "expected an object", offset: 0)
            }
            return members
        } catch {
            throw .badRequest(error.description)
        }
    }

    private static let pattern = "pattern"
    private static let noPattern = GrepOptionError("there is no pattern")

    private init(_ members: [JSONValue.Member]) throws(GrepOptionError) {
        guard let pattern = members.first(where: { $0.name == Self.pattern }) else {
            throw Self.noPattern
        }
        guard case .text(let text) = pattern.value else {
            throw GrepOptionError("pattern takes a string, it was \(pattern.value.kind)")
        }
        try self.init(pattern: Array(text.utf8))
        for member in members where member.name != Self.pattern {
            try set(try Self.option(member.name), member.value)
        }
        self = try checked()
    }

    private init(_ parameters: [HTTPParameter]) throws(GrepOptionError) {
        let patterns = parameters.filter { $0.name == Array(Self.pattern.utf8) }
        guard let pattern = patterns.first else { throw Self.noPattern }
        guard patterns.count == 1 else { throw GrepOptionError("pattern is given twice") }
        try self.init(pattern: pattern.value)
        for parameter in parameters where parameter != pattern {
            let name = String(decoding: parameter.name.prefix(64), as: UTF8.self)
            try set(try Self.option(name), parameter.value)
        }
        self = try checked()
    }

    private static func option(_ name: String) throws(GrepOptionError) -> GrepOption {
        guard let option = GrepOption.named(name) else {
            throw GrepOption.unknown(String(name.prefix(64)))
        }
        return option
    }
}
