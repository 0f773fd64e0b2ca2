package import GrepvineDistCore
package import GrepvineTransport

/// The HTTP face of one connection. Pure, as the other faces: bytes in, bytes out, and a node in
/// between. Requests are answered one after the other.
package struct HTTPSession {
    package let id: UInt64
    package private(set) var isOver = false
    private let decoder = HTTPRequestDecoder(limits: HTTPLimits(body: Self.largestBody))
    /// A client that held its body back was told to send it.
    private var hasContinued = false
    /// What is being answered and not at once.
    private var grep: HTTPGrep?
    /// Of the latest request that the node was asked for.
    private var lastNumber: UInt64 = 0

    /// Bytes of a request's body.
    package static let largestBody = 1 << 20

    package init(id: UInt64) { self.id = id }

    /// Whether there is something to do before the node says more.
    package var wantsInput: Bool { !isOver && grep?.isWaiting != true }

    /// The client waits for the rest of an answer.
    package var isStreaming: Bool { grep != nil }

    package mutating func receive(
        _ input: inout IOBuffer, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        proceed(&node, &output, now)
        while wantsInput, grep == nil, output.count < RESPSession.pauseOutput {
            switch decoder.decode(UnsafeRawBufferPointer(input.readable)) {
            case .needMore(_, let sendContinue):
                if sendContinue, !hasContinued { output.appendHTTPContinue() }
                hasContinued = sendContinue
                return
            case .invalid(let error):
                node.metrics.httpRequests += 1
                HTTPProblem(error).append(to: &output, keepsAlive: false)
                isOver = true
            case .request(let request):
                node.metrics.httpRequests += 1
                hasContinued = false
                let body = UnsafeRawBufferPointer(rebasing: input.readable[request.body])
                answer(request, body, &node, &output, now)
                input.consume(request.length)
                if grep == nil, !request.keepsAlive { isOver = true }
            }
        }
    }

    private mutating func answer(
        _ request: HTTPRequest, _ body: UnsafeRawBufferPointer, _ node: inout Node,
        _ output: inout IOBuffer, _ now: Moment
    ) {
        do throws(HTTPProblem) {
            switch try HTTPRoute.of(request).resource {
            case .live: HTTPText.live.append(to: &output, request)
            case .ready: try HTTPText.readiness(node).append(to: &output, request)
            case .metrics: HTTPText.metrics(node, now).append(to: &output, request)
            case .grep: try open(GrepAsk(request, body), request, &node, now)
            }
        } catch {
            error.append(to: &output, keepsAlive: request.keepsAlive, isHead: request.isHead)
        }
    }
}

/// Greps: the only answers that come in parts.
extension HTTPSession {
    private mutating func open(
        _ ask: GrepAsk, _ request: HTTPRequest, _ node: inout Node, _ now: Moment
    ) {
        lastNumber += 1
        grep = HTTPGrep(ask.query, request, started: now.instant)
        let id = RequestID(session: self.id, number: lastNumber)
        node.handle(.request(.grep(ask.query), id, deadline: ask.timeout), at: now)
    }

    /// An answer of the node.
    package mutating func deliver(
        _ response: Response, _ number: UInt64, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        guard number == lastNumber, grep?.isWaiting == true else { return }
        switch response {
        case .hits(let batch): grep?.take(batch, now: now.instant)
        case .failure(let failure): grep?.fail(failure)
        default: grep?.fail(Failure(.badRequest, "the node gave no hits"))
        }
        proceed(&node, &output, now)
    }

    /// Writes what there is as long as the client reads, and asks for more once it has it all.
    private mutating func proceed(
        _ node: inout Node, _ output: inout IOBuffer, _ now: Moment
    ) {
        guard var grep, !grep.isWaiting else { return }
        let step = grep.write(to: &output, upTo: RESPSession.pauseOutput)
        self.grep = grep
        switch step {
        case .paused: return
        case .wantsMore(let stream):
            self.grep?.wait()
            ask(.grepNext(stream: stream), &node, now)
        case .ended(let stream):
            self.grep = nil
            isOver = isOver || !grep.keepsAlive
            if let stream { ask(.grepCancel(stream: stream), &node, now) }
        }
    }

    private mutating func ask(_ request: Request, _ node: inout Node, _ now: Moment) {
        lastNumber += 1
        let id = RequestID(session: self.id, number: lastNumber)
        node.handle(.request(request, id, deadline: nil), at: now)
    }
}
