import GrepvineDistCore
import GrepvineTransport

/// Replies that must leave in the order of their commands although owners answer in any order.
/// Empty nearly always: what can be answered at once goes straight to the output.
struct ReplyQueue {
    struct Slot {
        let form: RESPForm
        /// Which the connection spoke when the command came: a HELLO behind it changes nothing.
        let version: RESPVersion
        /// One response per key of the command.
        var responses: [Response?]
        var waiting: Int
        /// The reply in its final form, for commands that were answered at once.
        var bytes: [UInt8]?
        /// For DBSIZE and SCAN.
        var page: KeysPage?
    }

    private var slots: [Slot] = []
    private var head = 0
    /// The number of the slot at `head`.
    private var first: UInt64 = 0

    var isEmpty: Bool { head == slots.count }

    var count: Int { slots.count - head }

    /// The number that the next slot gets.
    var next: UInt64 { first + UInt64(count) }

    mutating func append(_ form: RESPForm, waiting: Int, _ version: RESPVersion) {
        slots.append(
            Slot(
                form: form, version: version, responses: Array(repeating: nil, count: waiting),
                waiting: waiting))
    }

    mutating func append(ready bytes: [UInt8]) {
        slots.append(Slot(form: .get, version: .two, responses: [], waiting: 0, bytes: bytes))
    }

    /// One response has come. False for numbers that are over.
    mutating func receive(_ response: Response, _ number: UInt64, part: Int) -> Bool {
        guard number >= first, number - first < count else { return false }
        let index = head + Int(number - first)
        guard part < slots[index].responses.count, slots[index].responses[part] == nil else {
            return false
        }
        slots[index].responses[part] = response
        slots[index].waiting -= 1
        return true
    }

    /// A page of keys has come.
    mutating func receive(_ page: KeysPage, _ number: UInt64) -> Bool {
        guard number >= first, number - first < count else { return false }
        let index = head + Int(number - first)
        guard slots[index].waiting > 0 else { return false }
        slots[index].page = page
        slots[index].waiting = 0
        return true
    }

    /// The grep that a number belongs to, unless it is over.
    func waitingGrep(_ number: UInt64) -> GrepCollection? {
        guard number >= first, number - first < count else { return nil }
        let slot = slots[head + Int(number - first)]
        guard slot.waiting > 0, case .grep(let grep) = slot.form else { return nil }
        return grep
    }

    /// Some grep is not over.
    var waitsForGrep: Bool {
        slots[head...].contains { slot in
            if slot.waiting > 0, case .grep = slot.form { true } else { false }
        }
    }

    /// The oldest slot, once it is complete.
    mutating func popReady() -> Slot? {
        guard head < slots.count, slots[head].waiting == 0 else { return nil }
        let slot = slots[head]
        head += 1
        first += 1
        if head == slots.count || head >= 1024 {
            slots.removeFirst(head)
            head = 0
        }
        return slot
    }
}

/// How the responses to a command become its reply.
enum RESPForm {
    case get
    case ok
    /// How many of the keys had a live value.
    case existing
    case values
    case length
    case type
    case remaining(milliseconds: Bool)
    case expiryTime(milliseconds: Bool)
    /// PERSIST: whether there was an expiry to take away.
    case persisted
    case keyCount
    case keys(KeyFilter)
    case grep(GrepCollection)
    case explanation
}
