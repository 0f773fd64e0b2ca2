import GrepvineDistCore
import Testing

/// Replies of owners 0, 1, 2 in turn, and how the write must end.
struct WriteCase: Sendable, CustomTestStringConvertible {
    enum End: Sendable, Equatable {
        case open
        case written(acks: Int)
        case restamp(Version)
        case failed(Failure.Code, definite: Bool)
    }

    let name: String
    var level = Consistency.quorum
    let replies: [WriteCoordinator.Reply]
    let end: End

    var testDescription: String { name }

    static let all: [WriteCase] = [
        WriteCase(name: "one ack is no quorum", replies: [.accepted], end: .open),
        WriteCase(
            name: "two acks are a quorum", replies: [.accepted, .accepted], end: .written(acks: 2)),
        WriteCase(
            name: "one ack is ONE", level: .one, replies: [.accepted], end: .written(acks: 1)),
        WriteCase(
            name: "two acks are not ALL", level: .all, replies: [.accepted, .accepted], end: .open),
        WriteCase(
            name: "superseded is no ack", replies: [.accepted, .superseded(version(9))], end: .open),
        WriteCase(
            name: "a quorum that lies above is jumped over",
            replies: [.superseded(version(9)), .superseded(version(8))], end: .restamp(version(9))),
        WriteCase(
            name: "one that lies above and one that is down: jump",
            replies: [.accepted, .superseded(version(9)), .unreachable], end: .restamp(version(9))),
        WriteCase(
            name: "a fence is jumped over", level: .all,
            replies: [.fenced(HybridClock(rawValue: 9))], end: .restamp(version(9, .max))),
        WriteCase(
            name: "two down, the third unknown: indefinite", replies: [.unreachable, .unreachable],
            end: .failed(.unavailable, definite: false)),
        WriteCase(
            name: "all down: definite", level: .one,
            replies: [.unreachable, .unreachable, .unreachable],
            end: .failed(.unavailable, definite: true)),
        WriteCase(
            name: "one of the messages may have arrived: indefinite", level: .one,
            replies: [.unreachable, .lost, .refused(.notReady)],
            end: .failed(.notReady, definite: false)),
        WriteCase(
            name: "one took it, two are down: indefinite",
            replies: [.accepted, .unreachable, .unreachable],
            end: .failed(.unavailable, definite: false)),
        WriteCase(
            name: "overload says nothing was stored", level: .all, replies: [.overloaded],
            end: .failed(.overloaded, definite: false)),
        WriteCase(
            name: "an owner that recovers is good for ONE", level: .one, replies: [.held],
            end: .written(acks: 1)),
        WriteCase(
            name: "an owner that recovers orders nothing: wait for one that knows (W2, R5)",
            replies: [.held, .accepted], end: .open),
        WriteCase(
            name: "with two that know, the one that recovers is an ack (W2, R5)",
            replies: [.held, .accepted, .accepted], end: .written(acks: 3)),
        WriteCase(
            name: "one that recovers may hold it: indefinite", level: .all,
            replies: [.held, .unreachable], end: .failed(.unavailable, definite: false)),
        WriteCase(
            name: "a stranger to the key never counts",
            replies: [.notOwner(epoch: 5), .notOwner(epoch: 4)],
            end: .failed(.notOwner, definite: false)),
    ]
}

@Suite("A write")
struct WriteCoordinatorTests {
    private static let stamp = version(5)

    private static func write(
        _ level: Consistency, owners: Int = 3, expected: Version? = nil
    ) -> WriteCoordinator {
        WriteCoordinator(
            owners: nodes(owners), level: level, version: stamp, expected: expected)
    }

    @Test("ends as the replies say", arguments: WriteCase.all)
    func table(_ sample: WriteCase) {
        var write = Self.write(sample.level)
        var end = WriteCase.End.open
        for (owner, reply) in sample.replies.enumerated() where end == .open {
            switch write.receive(reply, from: node(owner), attempt: Self.stamp) {
            case .wait: break
            case .restamp(let above): end = .restamp(above)
            case .finish(.written(_, let acks)): end = .written(acks: acks)
            case .finish(.conflict): Issue.record("a conflict without a condition")
            case .finish(.failed(let shortfall)):
                end = .failed(shortfall.code, definite: shortfall.isDefinite)
                #expect(shortfall.version == Self.stamp)
            }
        }
        #expect(end == sample.end)
    }

    @Test("counts an owner once, and strangers and old attempts never (W1, W3)")
    func duplicates() {
        var write = Self.write(.quorum)
        #expect(write.receive(.accepted, from: node(0), attempt: Self.stamp) == .wait)
        #expect(write.receive(.accepted, from: node(0), attempt: Self.stamp) == .wait)
        #expect(write.receive(.accepted, from: node(9), attempt: Self.stamp) == .wait)
        #expect(write.receive(.accepted, from: node(1), attempt: version(4)) == .wait)
        #expect(write.acks == 1)
        #expect(write.missing == [node(1), node(2)])
    }

    @Test("a restamped attempt starts at nothing and reaches its level anew (W2)")
    func restamp() {
        var write = Self.write(.quorum)
        _ = write.receive(.accepted, from: node(0), attempt: Self.stamp)
        _ = write.receive(.superseded(version(9)), from: node(1), attempt: Self.stamp)
        let step = write.receive(.superseded(version(7)), from: node(2), attempt: Self.stamp)
        #expect(step == .restamp(above: version(9)))
        #expect(write.receive(.accepted, from: node(2), attempt: Self.stamp) == .wait)
        write.restarted(version: version(10))
        #expect(write.acks == 0)
        #expect(write.receive(.accepted, from: node(1), attempt: Self.stamp) == .wait)
        #expect(write.receive(.accepted, from: node(1), attempt: version(10)) == .wait)
        let last = write.receive(.accepted, from: node(2), attempt: version(10))
        #expect(last == .finish(.written(version(10), acks: 2)))
        #expect(write.attempts == 2)
    }

    @Test(
        "what an earlier attempt left behind keeps a failure indefinite", arguments: [true, false])
    func indefiniteAcrossAttempts(landed: Bool) {
        var write = Self.write(.one, owners: 2)
        _ = write.receive(.superseded(version(9)), from: node(0), attempt: Self.stamp)
        _ = write.receive(.superseded(version(9)), from: node(1), attempt: Self.stamp)
        write.restarted(version: version(10))
        if landed { _ = write.receive(.accepted, from: node(0), attempt: Self.stamp) }
        _ = write.receive(.unreachable, from: node(0), attempt: version(10))
        let step = write.receive(.unreachable, from: node(1), attempt: version(10))
        guard case .finish(.failed(let shortfall)) = step else {
            Issue.record("no end but \(step)")
            return
        }
        #expect(shortfall.isDefinite == !landed)
        #expect(write.missing.isEmpty == !landed, "nothing is sent after a definite failure")
    }

    @Test("a timeout is indefinite, carries the version and names who is missing (W4)")
    func timeout() {
        var write = Self.write(.quorum)
        _ = write.receive(.accepted, from: node(1), attempt: Self.stamp)
        guard case .finish(.failed(let shortfall)) = write.expire() else {
            Issue.record("no end")
            return
        }
        #expect(shortfall.code == .timedOut)
        #expect(!shortfall.isDefinite)
        #expect(shortfall.missing == [node(0), node(2)])
        let failure = shortfall.failure { "n\($0.low)" }
        #expect(failure.version == Self.stamp)
        #expect(
            failure.message
                == "QUORUM needs 2 of 3 owners and reached 1; missing n0, n2; "
                + "it may have been written: retrying version \(Self.stamp) writes it once")
        #expect(write.expire() == .wait)
    }

    @Test("goes on counting after the end, and ends only once")
    func lateReplies() {
        var write = Self.write(.one)
        #expect(
            write.receive(.accepted, from: node(2), attempt: Self.stamp)
                == .finish(.written(Self.stamp, acks: 1)))
        #expect(write.receive(.unreachable, from: node(0), attempt: Self.stamp) == .wait)
        #expect(write.missing == [node(0), node(1)])
        #expect(write.receive(.accepted, from: node(1), attempt: Self.stamp) == .wait)
        #expect(write.receive(.accepted, from: node(0), attempt: Self.stamp) == .wait)
        #expect(write.acks == 3)
        #expect(write.missing.isEmpty)
        #expect(write.isSettled)
    }

    @Test("a condition that fails ends in a conflict and is not jumped over")
    func conflict() {
        var write = Self.write(.quorum, expected: version(3))
        _ = write.receive(.superseded(version(4)), from: node(0), attempt: Self.stamp)
        let step = write.receive(.superseded(version(9)), from: node(1), attempt: Self.stamp)
        #expect(step == .finish(.conflict(version(9), isDefinite: false)))
        #expect(write.missing.isEmpty)
    }

    @Test("gives up as a conflict when others keep winning")
    func contention() {
        var write = Self.write(.quorum)
        var stamp = Self.stamp
        for attempt in 1... {
            _ = write.receive(
                .superseded(version(attempt * 10)), from: node(0), attempt: stamp)
            let step = write.receive(
                .superseded(version(attempt * 10)), from: node(1), attempt: stamp)
            guard case .restamp(let above) = step else {
                guard case .finish(.failed(let shortfall)) = step else { break }
                #expect(attempt == WriteCoordinator.mostAttempts)
                #expect(shortfall.code == .conflict)
                return
            }
            stamp = Version(
                clock: HybridClock(rawValue: above.clock.rawValue + 1), origin: above.origin)
            write.restarted(version: stamp)
        }
        Issue.record("it never gave up")
    }

    @Test("too few live owners fail before anything is sent, by name (W5)")
    func shortfall() {
        let live: (NodeID) -> Bool = { $0 == node(1) }
        let missing = Shortfall.ifAny(owners: nodes(3), level: .quorum, isLive: live)
        #expect(missing?.missing == [node(0), node(2)])
        #expect(missing?.isDefinite == true)
        #expect(missing?.failure(naming: \.short).code == .unavailable)
        #expect(Shortfall.ifAny(owners: nodes(3), level: .one, isLive: live) == nil)
        #expect(Shortfall.ifAny(owners: [], level: .one, isLive: live) != nil)
    }

    @Test("an owner that recovers is asked again while the level is open, and no longer")
    func asksAgain() {
        var write = Self.write(.quorum)
        _ = write.receive(.held, from: node(0), attempt: Self.stamp)
        _ = write.receive(.accepted, from: node(1), attempt: Self.stamp)
        #expect(write.missing == [node(0), node(2)])
        let step = write.receive(.accepted, from: node(0), attempt: Self.stamp)
        #expect(step == .finish(.written(Self.stamp, acks: 2)))
        #expect(write.missing == [node(2)])
        _ = write.receive(.held, from: node(2), attempt: Self.stamp)
        #expect(write.missing == [])
    }

    @Test(
        "a refusal is certain, unless there was another copy of the message (W4)",
        arguments: [WriteCoordinator.Reply.overloaded, .refused(.clockSkew), .notOwner(epoch: 2)])
    func repeated(_ reply: WriteCoordinator.Reply) {
        for (isRepeated, isDefinite) in [(false, true), (true, false)] {
            var write = Self.write(.one)
            if isRepeated { write.repeated() }
            _ = write.receive(reply, from: node(0), attempt: Self.stamp)
            _ = write.receive(reply, from: node(1), attempt: Self.stamp)
            let step = write.receive(reply, from: node(2), attempt: Self.stamp)
            guard case .finish(.failed(let shortfall)) = step else {
                Issue.record("\(step)")
                continue
            }
            #expect(shortfall.isDefinite == isDefinite)
        }
    }
}
