import GrepvineDistCore
import Testing

/// Random owners, replies in any order, repeated, late and lost: what must hold all the same.
@Suite("Coordinators under random replies")
struct CoordinatorPropertyTests {
    private struct Message {
        let owner: Int
        let version: Version
        let reply: WriteCoordinator.Reply
    }

    /// What owners truly store, and the replies that they sent.
    private struct Replicas {
        var stored: [Version]
        var held: [Set<Version>]
        var messages: [Message] = []

        mutating func deliver(_ version: Version, using generator: inout SeededGenerator) {
            for owner in stored.indices {
                let luck = Int.random(in: 0..<12, using: &generator)
                let silence: WriteCoordinator.Reply? =
                    switch luck {
                    case 0: .unreachable
                    case 1: .overloaded
                    case 2: .notOwner(epoch: 3)
                    default: nil
                    }
                if let silence {
                    messages.append(Message(owner: owner, version: version, reply: silence))
                    continue
                }
                let reply: WriteCoordinator.Reply
                switch Merge.decide(stored: stored[owner], incoming: version) {
                case .accepted, .identical:
                    stored[owner] = version
                    held[owner].insert(version)
                    reply = .accepted
                case .superseded(let other): reply = .superseded(other)
                case .fenced(let clock): reply = .fenced(clock)
                }
                let heard = Message(owner: owner, version: version, reply: reply)
                switch luck {
                case 3: messages.append(Message(owner: owner, version: version, reply: .lost))
                case 4: break
                case 5, 6: messages += [heard, heard, heard]
                default: messages.append(heard)
                }
            }
            messages.shuffle(using: &generator)
        }
    }

    @Test("a write ends at most once, and truly", arguments: 0..<400 as Range<UInt64>)
    func writes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...5, using: &generator)
        let level = Consistency.allCases.randomElement(using: &generator) ?? .quorum
        var replicas = Replicas(
            stored: (0..<count).map { _ in
                version(
                    Bool.random(using: &generator) ? 1 : Int.random(in: 5...30, using: &generator))
            },
            held: Array(repeating: [], count: count))
        var write = WriteCoordinator(owners: nodes(count), level: level, version: version(10, 7))
        var sent: Set<Version> = [write.version]
        var ends: [WriteCoordinator.Outcome] = []
        func take(_ step: WriteCoordinator.Step) {
            switch step {
            case .wait: break
            case .finish(let outcome): ends.append(outcome)
            case .restamp(let above):
                #expect(ends.isEmpty)
                let next = Version(
                    clock: HybridClock(rawValue: above.clock.rawValue + 1), origin: 7)
                write.restarted(version: next)
                sent.insert(next)
                replicas.deliver(next, using: &generator)
            }
        }
        replicas.deliver(write.version, using: &generator)
        while let message = replicas.messages.popLast() {
            take(
                write.receive(
                    message.reply, from: node(message.owner), attempt: message.version))
            let trueAcks = replicas.held.count { $0.contains(write.version) }
            #expect(write.acks <= trueAcks)
        }
        take(write.expire())
        #expect(ends.count == 1)
        take(write.expire())
        #expect(ends.count == 1)
        let holders = { (version: Version) in replicas.held.count { $0.contains(version) } }
        switch ends.first {
        case .written(let version, let acks):
            #expect(acks >= max(1, level.needed(of: count)))
            #expect(holders(version) >= acks)
        case .failed(let shortfall) where shortfall.isDefinite:
            #expect(sent.allSatisfy { holders($0) == 0 })
            #expect(write.missing.isEmpty)
        case .failed: break
        case .conflict, nil: Issue.record("\(String(describing: ends.first))")
        }
    }

    @Test(
        "a read at QUORUM or ALL never misses what a quorum held",
        arguments: 0..<600 as Range<UInt64>)
    func reads(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...5, using: &generator)
        let level = Consistency.allCases.randomElement(using: &generator) ?? .quorum
        var stored = (0..<count).map { _ in Int.random(in: 0...3, using: &generator) }
        let recovering = (0..<count).map { _ in Int.random(in: 0..<8, using: &generator) == 0 }
        // What a quorum held before the owners in recovery lost it.
        let sorted = stored.sorted(by: >)
        let acknowledged = sorted[max(1, Consistency.quorum.needed(of: count)) - 1]
        for owner in 0..<count where recovering[owner] && Bool.random(using: &generator) {
            stored[owner] = 0
        }
        var read = ReadCoordinator(owners: nodes(count), level: level)
        var ends: [ReadCoordinator.Outcome] = []
        enum Pending {
            case ask(ReadCoordinator.Ask)
            case writeBack(Version, NodeID)
        }
        var pending = read.start().map(Pending.ask)
        func take(_ step: ReadCoordinator.Step) {
            switch step {
            case .wait: break
            case .ask(let asks): pending += asks.map(Pending.ask)
            case .writeBack(let answer, let owners):
                #expect(answer.record(of: "k") != nil)
                pending += owners.map { Pending.writeBack(answer.version, $0) }
            case .finish(let outcome): ends.append(outcome)
            }
        }
        while !pending.isEmpty {
            let place = Int.random(in: 0..<pending.count, using: &generator)
            let luck = Int.random(in: 0..<10, using: &generator)
            switch pending.remove(at: place) {
            case .ask(let ask):
                let owner = Int(ask.owner.low)
                guard luck > 1 else {
                    if luck == 0 { take(read.receive(.unreachable, from: ask.owner)) }
                    continue
                }
                let answer = Self.answer(stored[owner], ask.wantsValue, recovering[owner])
                take(read.receive(answer, from: ask.owner))
                if luck > 7 { take(read.receive(answer, from: ask.owner)) }
                if luck > 8, let hedge = read.hedge() { pending.append(.ask(hedge)) }
            case .writeBack(let version, let owner):
                guard luck > 1 else {
                    if luck == 0 { take(read.writeBackFailed(to: owner)) }
                    continue
                }
                stored[Int(owner.low)] = max(
                    stored[Int(owner.low)], Int(version.clock.rawValue))
                take(read.wroteBack(to: owner))
            }
        }
        take(read.expire())
        #expect(ends.count == 1)
        guard let end = ends.first else { return }
        let found: Int
        switch end {
        case .failed: return
        case .value(let record): found = Int(record.version.clock.rawValue)
        case .tombstone(let version), .expired(let version), .evicted(let version):
            found = Int(version.clock.rawValue)
        case .absent: found = 0
        }
        #expect(found == 2 ? end == .tombstone(version(2)) : true)
        guard level != .one else { return }
        #expect(found >= acknowledged)
        #expect(stored.count { $0 >= found } >= level.needed(of: count))
    }

    /// Version 0 is absence, 2 a tombstone, all others values.
    private static func answer(_ clock: Int, _ whole: Bool, _ isRecovering: Bool) -> ReadAnswer {
        switch clock {
        case 0: .absent(isRecovering: isRecovering)
        case 2: ReadAnswer(version: version(2), state: .tombstone, isRecovering: isRecovering)
        default:
            ReadAnswer(
                Record(key: "k", version: version(clock), value: [1]),
                at: WallTime(milliseconds: 0), withValue: whole, isRecovering: isRecovering)
        }
    }
}
