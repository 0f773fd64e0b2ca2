import GrepvineDistCore
import GrepvineNode

/// Clients ask, wait and go away.
extension Simulator {
    func beginClients() {
        areClientsOn = true
        for client in clients { think(client.number) }
    }

    private func think(_ client: Int) {
        let pause = Int64.random(in: 0...plan.thought.wholeNanoseconds, using: &dice)
        queue.add(.client(client), at: now + pause)
    }

    func beginCall(of client: Int) {
        guard areClientsOn, clients[client].call == nil else { return }
        let live = machines.filter { $0.process != nil }
        guard let machine = live.randomElement(using: &dice) else { return think(client) }
        if Int.random(in: 0..<60, using: &dice) == 0 {
            grep(workload.query(&dice), of: client, at: machine)
        } else {
            call(workload.next(at: wall, &dice), of: client, at: machine)
        }
    }

    func call(_ operation: HistoryChecker.Operation, of client: Int, at machine: Machine) {
        let number = checker.begin(operation, at: wall)
        note {
            "c\(client) \(calls.count) \(operation.verb) \(operation.key)"
                + " \(operation.level.rawValue) at n\(machine.index)"
        }
        let request = request(for: operation, above: checker.floor(of: number))
        send(request, .key(number), of: client, at: machine)
    }

    func grep(_ query: GrepQuery, of client: Int, at machine: Machine) {
        greps += 1
        note { "c\(client) \(calls.count) grep \(query.pattern) at n\(machine.index)" }
        send(.grep(query), .grep(Call.Grep(query: query)), of: client, at: machine)
    }

    private func request(
        for operation: HistoryChecker.Operation, above floor: Version
    ) -> Request {
        let (key, level) = (operation.key, operation.level)
        return switch operation.kind {
        case .get: .get(key, level, atLeast: operation.namesVersion ? floor : nil)
        case .set(let value, let expiry):
            .set(key, value: value, .text, expiry.map(Expiration.at) ?? .never, level)
        case .delete: .delete(key, level)
        case .expire(let expiry): .expire(key, expiry.map(Expiration.at) ?? .never, level)
        }
    }

    private func send(
        _ request: Request, _ purpose: Call.Purpose, of client: Int, at machine: Machine,
        after delay: Duration = .zero
    ) {
        let number = calls.count
        let start = now + delay.wholeNanoseconds
        calls.append(
            Call(
                client: client, machine: machine.index, life: machine.life, request: request,
                purpose: purpose, losses: machines.map { checker.losses(of: $0.index) }))
        clients[client].call = number
        queue.add(.request(machine: machine.index, operation: number), at: start + travel())
        let patience = plan.operationTimeout * 2 + .seconds(2)
        queue.add(.patienceOver(number), at: start + patience.wholeNanoseconds)
    }

    /// Nanoseconds between a client and its node.
    private func travel() -> Int64 { Int64.random(in: 20_000...500_000, using: &dice) }

    func receive(request number: Int, at machine: Int) {
        let call = calls[number]
        guard !call.isOver else { return }
        let id = RequestID(session: clients[call.client].session, number: UInt64(number))
        drive(machine, life: call.life) {
            $0.handle(.request(call.request, id, deadline: nil), at: $1)
        }
    }

    /// A node answers: its acks are counted at this moment, then the answer travels.
    func reply(_ response: Response, to id: RequestID, from machine: Machine) {
        let number = Int(id.number)
        if case .written(let receipt) = response, case .key = calls[number].purpose,
            let key = calls[number].request.key
        {
            checkAcks(receipt, of: key, calls[number], number)
        }
        queue.add(.response(number, response), at: now + travel())
    }

    func answered(_ number: Int, _ response: Response) {
        guard !calls[number].isOver else { return }
        let call = calls[number]
        // The connection of the client died with the node.
        guard machines[call.machine].life == call.life, machines[call.machine].process != nil
        else { return }
        note { "c\(call.client) \(number) ← \(Self.summary(response))" }
        switch call.purpose {
        case .key(let operation):
            if tryAgain(after: response, number) { return }
            checker.end(operation, outcome(response, of: call), at: wall)
            if isFinal, case .entry(let entry) = response, let key = call.request.key {
                finalEntries[key] = .some(entry)
            }
            finish(number)
        case .grep: receive(response, of: number)
        }
    }

    /// Half of the writers that hear "perhaps" ask some node to write it under the same version,
    /// some of them so late that the key was deleted and its tombstone purged meanwhile.
    private func tryAgain(after response: Response, _ number: Int) -> Bool {
        let call = calls[number]
        guard areClientsOn, !call.isRetry, case .failure(let failure) = response,
            !failure.isDefinite, let version = failure.version,
            let request = call.request.retried(version), Bool.random(using: &dice),
            let machine = machines.filter({ $0.process != nil }).randomElement(using: &dice)
        else { return false }
        note { "c\(call.client) \(calls.count) retries \(version) at n\(machine.index)" }
        retries += 1
        calls[number].isOver = true
        let isLate = Int.random(in: 0..<4, using: &dice) == 0
        let delay = Int64.random(in: 0...(isLate ? 6_000 : 0), using: &dice)
        send(
            request, call.purpose, of: call.client, at: machine, after: .milliseconds(delay))
        calls[calls.count - 1].isRetry = true
        return true
    }

    private func outcome(_ response: Response, of call: Call) -> HistoryChecker.Outcome {
        switch response {
        // Whatever the retry says, the attempt before it may have happened.
        case .failure where call.isRetry: .lost
        case .entry(let entry): .entry(entry)
        case .written(let receipt): .written(receipt)
        case .failure(let failure): .failed(failure)
        default: .lost
        }
    }

    private func finish(_ number: Int) {
        calls[number].isOver = true
        let client = calls[number].client
        guard clients[client].call == number else { return }
        clients[client].call = nil
        if areClientsOn { think(client) }
    }

    /// The client does not wait any longer.
    func giveUp(_ number: Int) {
        guard !calls[number].isOver else { return }
        let call = calls[number]
        if case .key(let operation) = call.purpose {
            checker.end(operation, .lost, at: wall)
        } else {
            let session = clients[call.client].session
            queue.add(
                .departure(machine: call.machine, life: call.life, session: session), at: now)
        }
        note { "c\(call.client) \(number) gave up" }
        finish(number)
    }

    /// Whoever waited for a killed node hears of it at once.
    func failCalls(at machine: Int) {
        for client in clients.indices {
            guard let number = clients[client].call, calls[number].machine == machine
            else { continue }
            giveUp(number)
        }
    }

    private static func summary(_ response: Response) -> String {
        switch response {
        case .entry(let entry?):
            "\(entry.version) \(String(decoding: entry.value.prefix { $0 != 10 }, as: UTF8.self))"
        case .entry(nil): "nothing"
        case .written(let receipt): "written \(receipt.version) \(receipt.acks)/\(receipt.owners)"
        case .failure(let failure): "\(failure.isDefinite ? "definite" : "indefinite") \(failure)"
        case .hits(let batch): "\(batch.hits.count) hits\(batch.summary == nil ? "" : ", the last")"
        default: "something else"
        }
    }
}

/// Streams of hits.
extension Simulator {
    private func receive(_ response: Response, of number: Int) {
        guard case .grep(var grep) = calls[number].purpose else { return }
        guard case .hits(let batch) = response else { return finish(number) }
        if let last = grep.hits.last, let next = batch.hits.first, next.key <= last.key {
            complaints.append("grep \(number): \(next.key) after \(last.key) (G1)")
        }
        for (left, right) in zip(batch.hits, batch.hits.dropFirst()) where right.key <= left.key {
            complaints.append("grep \(number): \(right.key) after \(left.key) (G1)")
        }
        checkOrigin(of: batch.hits, number)
        grep.hits += batch.hits
        grep.summary = batch.summary
        calls[number].purpose = .grep(grep)
        if let summary = batch.summary {
            if isFinal { judge(grep, summary) }
            return finish(number)
        }
        calls[number].request = .grepNext(stream: batch.stream)
        queue.add(
            .request(machine: calls[number].machine, operation: number), at: now + travel())
    }
}

extension Request {
    /// The same write under the version of an earlier attempt; nil for what is none.
    fileprivate func retried(_ version: Version) -> Request? {
        switch self {
        case .set(let key, let value, let type, let expiration, let level, _):
            .set(key, value: value, type, expiration, level, retrying: version)
        case .delete(let key, let level, _): .delete(key, level, retrying: version)
        default: nil
        }
    }

    /// What it is about, when it is about one key.
    var key: Key? {
        switch self {
        case .get(let key, _, _), .set(let key, _, _, _, _, _), .delete(let key, _, _),
            .expire(let key, _, _), .explain(let key):
            key
        default: nil
        }
    }
}
