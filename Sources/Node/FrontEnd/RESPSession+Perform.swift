import GrepvineDistCore
import GrepvineTransport

/// Every command but the two that `RESPSession` answers in place.
extension RESPSession {
    typealias Arguments = [UnsafeRawBufferPointer]

    func perform(
        _ verb: RESPVerb, _ arguments: Arguments, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        switch verb {
        case .get, .strlen, .type, .ttl, .pttl, .expiretime, .pexpiretime, .mget, .exists, .touch:
            read(verb, arguments, node: &node, now: now)
        case .set, .setex, .psetex, .mset, .del, .unlink:
            write(verb, arguments, node: &node, output: &output, now: now)
        case .expire, .pexpire, .expireat, .pexpireat, .persist:
            expire(verb, arguments, node: &node, output: &output, now: now)
        case .dbsize, .scan: walk(verb, arguments, node: &node, output: &output, now: now)
        case .grep: grep(arguments, node: &node, output: &output, now: now)
        case .explain:
            ask(.explanation, [.explain(Key(Array(arguments[1])))], node: &node, now: now)
        case .ping, .echo, .hello, .auth, .client, .select, .reset, .quit, .readonly, .readwrite,
            .asking, .consistency:
            connection(verb, arguments, node: node, output: &output)
        case .command, .info, .config, .time, .role:
            server(verb, arguments, node: node, output: &output, now: now)
        case .cluster: cluster(arguments, node: node, output: &output)
        }
    }

    /// Queues a reply and starts a request for each part of it. Answers that come at once are
    /// among the effects like all others.
    func ask(_ form: RESPForm, _ requests: [Request], node: inout Node, now: Moment) {
        let number = queue.next
        queue.append(form, waiting: requests.count, version)
        for (part, request) in requests.enumerated() {
            let id = RequestID(session: self.id, number: number << 20 | UInt64(part))
            node.handle(.request(request, id, deadline: nil), at: now)
        }
    }

    private func read(
        _ verb: RESPVerb, _ arguments: Arguments, node: inout Node, now: Moment
    ) {
        let form: RESPForm =
            switch verb {
            case .strlen: .length
            case .type: .type
            case .ttl: .remaining(milliseconds: false)
            case .pttl: .remaining(milliseconds: true)
            case .expiretime: .expiryTime(milliseconds: false)
            case .pexpiretime: .expiryTime(milliseconds: true)
            case .mget: .values
            case .exists, .touch: .existing
            default: .get
            }
        let keys = arguments.dropFirst().map { Key(Array($0)) }
        ask(form, keys.map { .get($0, readLevel) }, node: &node, now: now)
    }

    private func write(
        _ verb: RESPVerb, _ arguments: Arguments, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        switch verb {
        case .del, .unlink:
            let requests = arguments.dropFirst().map {
                Request.delete(Key(Array($0)), writeLevel)
            }
            ask(.existing, requests, node: &node, now: now)
        case .mset:
            guard arguments.count % 2 == 1 else {
                return respond(&output) {
                    $0.appendError("ERR wrong number of arguments for 'mset' command")
                }
            }
            let requests = stride(from: 1, to: arguments.count, by: 2).map {
                set(arguments[$0], arguments[$0 + 1], .never)
            }
            ask(.ok, requests, node: &node, now: now)
        default:
            do throws(RESPArgumentError) {
                let options = try SetOptions.parse(verb, arguments, now: now.wall)
                let request = set(arguments[1], arguments[options.value], options.expiration)
                ask(.ok, [request], node: &node, now: now)
            } catch {
                respond(&output) { $0.appendError(error.text) }
            }
        }
    }

    private func set(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ expiration: Expiration
    ) -> Request {
        .set(Key(Array(key)), value: Array(value), .bytes, expiration, writeLevel)
    }

    private func expire(
        _ verb: RESPVerb, _ arguments: Arguments, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        var expiration = Expiration.never
        if verb != .persist {
            guard arguments.count == 3 else {
                return respond(&output) {
                    $0.appendError("ERR Unsupported option \(text(arguments[3]))")
                }
            }
            guard let time = ExpiryTime.of(verb, arguments[2], now: now.wall) else {
                return respond(&output) {
                    $0.appendError(
                        "ERR value is not an integer or out of range; nothing was written")
                }
            }
            expiration = .at(time)
        }
        let key = Key(Array(arguments[1]))
        ask(
            verb == .persist ? .persisted : .existing,
            [.expire(key, expiration, writeLevel)], node: &node, now: now)
    }

    private func walk(
        _ verb: RESPVerb, _ arguments: Arguments, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        let number = RequestID(session: id, number: queue.next << 20)
        if verb == .dbsize {
            queue.append(.keyCount, waiting: 1, version)
            return node.countKeys(number, now: now)
        }
        do throws(RESPArgumentError) {
            let options = try ScanOptions.parse(arguments)
            queue.append(.keys(options.filter), waiting: 1, version)
            node.scanKeys(from: options.cursor, limit: options.count, number, now: now)
        } catch {
            respond(&output) { $0.appendError(error.text) }
        }
    }

    func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix(256), as: UTF8.self)
    }
}

/// Why arguments were not understood.
struct RESPArgumentError: Error {
    let text: String

    static let syntax = RESPArgumentError(text: "ERR syntax error")
    static let notInteger = RESPArgumentError(text: "ERR value is not an integer or out of range")
}

/// When a key expires, as the Redis commands say it.
enum ExpiryTime {
    /// Nil for what is no integer or lies outside of time.
    static func of(
        _ verb: RESPVerb, _ argument: UnsafeRawBufferPointer, now: WallTime
    ) -> WallTime? {
        guard let number = Int64(String(decoding: argument, as: UTF8.self)) else { return nil }
        switch verb {
        case .expire, .setex: return after(number, unit: 1000, now)
        case .pexpire, .psetex: return after(number, unit: 1, now)
        case .expireat: return at(number, unit: 1000)
        default: return at(number, unit: 1)
        }
    }

    static func after(_ number: Int64, unit: Int64, _ now: WallTime) -> WallTime? {
        let (span, overflow) = number.multipliedReportingOverflow(by: unit)
        let (time, carried) = now.milliseconds.addingReportingOverflow(span)
        return overflow || carried ? nil : WallTime(milliseconds: max(1, time))
    }

    static func at(_ number: Int64, unit: Int64) -> WallTime? {
        let (time, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : WallTime(milliseconds: max(1, time))
    }
}

/// The options of SET, SETEX and PSETEX.
struct SetOptions {
    /// Which argument is the value.
    let value: Int
    var expiration = Expiration.never

    static func parse(
        _ verb: RESPVerb, _ arguments: RESPSession.Arguments, now: WallTime
    ) throws(RESPArgumentError) -> SetOptions {
        let invalid = RESPArgumentError(
            text: "ERR invalid expire time in '\(verb.rawValue)' command")
        if verb != .set {
            guard let time = ExpiryTime.of(verb, arguments[2], now: now) else {
                throw .notInteger
            }
            guard time > now else { throw invalid }
            return SetOptions(value: 3, expiration: .at(time))
        }
        var options = SetOptions(value: 2)
        var index = 3
        while index < arguments.count {
            let option = String(decoding: arguments[index].prefix(16), as: UTF8.self).uppercased()
            switch option {
            case "KEEPTTL" where options.expiration == .never: options.expiration = .keep
            case "EX", "PX", "EXAT", "PXAT":
                guard options.expiration == .never, index + 1 < arguments.count else {
                    throw .syntax
                }
                index += 1
                options.expiration = .at(
                    try time(option, arguments[index], now: now, invalid: invalid))
            case "NX", "XX", "GET", "IFEQ":
                throw RESPArgumentError(
                    text: "ERR SET \(option) needs compare-and-set registers, which this version"
                        + " does not have; nothing was written")
            default: throw .syntax
            }
            index += 1
        }
        return options
    }

    private static func time(
        _ option: String, _ argument: UnsafeRawBufferPointer, now: WallTime,
        invalid: RESPArgumentError
    ) throws(RESPArgumentError) -> WallTime {
        guard let number = Int64(String(decoding: argument, as: UTF8.self)) else {
            throw .notInteger
        }
        let time =
            switch option {
            case "EX": ExpiryTime.after(number, unit: 1000, now)
            case "PX": ExpiryTime.after(number, unit: 1, now)
            case "EXAT": ExpiryTime.at(number, unit: 1000)
            default: ExpiryTime.at(number, unit: 1)
            }
        guard number > 0, let time else { throw invalid }
        return time
    }
}

/// The options of SCAN.
struct ScanOptions {
    let cursor: UInt64
    var count = 10
    var filter = KeyFilter()

    static func parse(
        _ arguments: RESPSession.Arguments
    ) throws(RESPArgumentError) -> ScanOptions {
        guard let cursor = UInt64(String(decoding: arguments[1], as: UTF8.self)) else {
            throw RESPArgumentError(text: "ERR invalid cursor")
        }
        var options = ScanOptions(cursor: cursor)
        guard arguments.count % 2 == 0 else { throw .syntax }
        for index in stride(from: 2, to: arguments.count, by: 2) {
            let value = arguments[index + 1]
            switch String(decoding: arguments[index].prefix(16), as: UTF8.self).uppercased() {
            case "MATCH": options.filter.pattern = Array(value)
            case "COUNT":
                guard let count = Int(String(decoding: value, as: UTF8.self)), count > 0 else {
                    throw .notInteger
                }
                options.count = min(count, 10_000)
            case "TYPE":
                options.filter.matchesType =
                    String(decoding: value, as: UTF8.self).lowercased() == "string"
            default: throw .syntax
            }
        }
        return options
    }
}
