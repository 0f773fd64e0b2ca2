import GrepvineDistCore
import GrepvineTransport

/// How the responses to a command become its reply.
extension RESPSession {
    func append(_ slot: ReplyQueue.Slot, to output: inout IOBuffer) {
        for case .failure(let failure)? in slot.responses {
            if case .grep(let grep) = slot.form { grepBytes -= grep.size }
            return output.appendError(Self.error(failure))
        }
        let entries = slot.responses.map { response -> Entry? in
            if case .entry(let entry)? = response { entry } else { nil }
        }
        let receipts = slot.responses.compactMap { response -> WriteReceipt? in
            if case .written(let receipt)? = response { receipt } else { nil }
        }
        switch slot.form {
        case .get: append(entries.first ?? nil, slot.version, to: &output)
        case .values:
            output.appendArrayHeader(entries.count)
            for entry in entries { append(entry, slot.version, to: &output) }
        case .ok: output.appendOK()
        case .existing:
            output.appendInteger(entries.count { $0 != nil } + receipts.count(where: \.existed))
        case .persisted: output.appendInteger(receipts.count(where: \.existed))
        case .length: output.appendInteger((entries.first ?? nil)?.value.count ?? 0)
        case .type: output.appendSimpleString((entries.first ?? nil) == nil ? "none" : "string")
        case .remaining(let milliseconds):
            append(remaining: entries.first ?? nil, milliseconds, &output)
        case .expiryTime(let milliseconds):
            append(time: entries.first ?? nil, milliseconds, &output)
        case .keyCount: output.appendInteger(Int64(clamping: slot.page?.count ?? 0))
        case .keys(let filter): append(slot.page ?? KeysPage(), filter, to: &output)
        case .grep(let grep): append(grep, slot.version, to: &output)
        case .explanation:
            append(explanation: slot.responses.first ?? nil, slot.version, to: &output)
        }
    }

    private func append(
        _ entry: Entry?, _ version: RESPVersion, to output: inout IOBuffer
    ) {
        if let entry { output.appendBulk(entry.value) } else { output.appendNull(version) }
    }

    private func append(
        remaining entry: Entry?, _ milliseconds: Bool, _ output: inout IOBuffer
    ) {
        guard let entry else { return output.appendInteger(-2) }
        guard let expiry = entry.expiry else { return output.appendInteger(-1) }
        let left = max(0, (expiry - lastMoment.wall).wholeMilliseconds)
        output.appendInteger(milliseconds ? left : (left + 500) / 1000)
    }

    private func append(time entry: Entry?, _ milliseconds: Bool, _ output: inout IOBuffer) {
        guard let entry else { return output.appendInteger(-2) }
        guard let expiry = entry.expiry else { return output.appendInteger(-1) }
        output.appendInteger(milliseconds ? expiry.milliseconds : expiry.milliseconds / 1000)
    }

    private func append(_ page: KeysPage, _ filter: KeyFilter, to output: inout IOBuffer) {
        let keys = page.keys.filter { filter.accepts($0.bytes) }
        output.appendArrayHeader(2)
        output.appendBulk(String(page.cursor))
        output.appendArrayHeader(keys.count)
        for key in keys { output.appendBulk(key.bytes) }
    }

    private func append(
        explanation response: Response?, _ version: RESPVersion, to output: inout IOBuffer
    ) {
        guard case .explanation(let explanation)? = response else {
            return output.appendNull(version)
        }
        output.appendMapHeader(5, version)
        output.appendBulk("slot")
        output.appendInteger(Int(explanation.slot.number))
        output.appendBulk("partition")
        output.appendInteger(Int(explanation.partition.number))
        output.appendBulk("epoch")
        output.appendInteger(Int64(clamping: explanation.epoch))
        output.appendBulk("owners")
        output.appendArrayHeader(explanation.owners.count)
        for owner in explanation.owners { output.appendBulk(owner.name) }
        output.appendBulk("route")
        output.appendBulk(explanation.route)
    }

    /// Redis clients look at the first word of an error.
    static func error(_ failure: Failure) -> String {
        let word =
            switch failure.code {
            case .unavailable, .timedOut, .stale: "NOREPLICAS"
            case .overloaded: "OOM"
            case .notReady: "CLUSTERDOWN"
            default: "ERR"
            }
        return "\(word) \(failure.message)"
    }
}
