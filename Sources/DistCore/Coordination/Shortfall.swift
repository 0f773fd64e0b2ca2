/// Why an operation did not reach its level, and what is certain about it (W4, W5).
package struct Shortfall: Hashable, Sendable {
    package var code: Failure.Code
    package var level: Consistency
    /// Owners that answered well, of `needed`, of `owners` in all.
    package var reached: Int
    package var needed: Int
    package var owners: Int
    /// The owners that are missing, in order of preference.
    package var missing: [NodeID]
    /// Nothing happened and nothing will.
    package var isDefinite: Bool
    /// The version of a write that may have happened: retrying with it is idempotent.
    package var version: Version?
    /// The highest epoch that an owner refused with: fetch it before trying again (P4).
    package var epoch: UInt64?

    package init(
        code: Failure.Code, level: Consistency, reached: Int, needed: Int, owners: Int,
        missing: [NodeID], isDefinite: Bool, version: Version? = nil, epoch: UInt64? = nil
    ) {
        self.code = code
        self.level = level
        self.reached = reached
        self.needed = needed
        self.owners = owners
        self.missing = missing
        self.isDefinite = isDefinite
        self.version = version
        self.epoch = epoch
    }

    /// Nil when enough owners are live for the level; otherwise ask nobody and answer this (W5).
    package static func ifAny(
        owners: [NodeID], level: Consistency, isLive: (NodeID) -> Bool
    ) -> Shortfall? {
        let missing = owners.filter { !isLive($0) }
        let needed = level.required(of: owners.count)
        let live = owners.count - missing.count
        guard live < needed else { return nil }
        return Shortfall(
            code: .unavailable, level: level, reached: live, needed: needed, owners: owners.count,
            missing: missing, isDefinite: true)
    }

    /// As a client sees it, with the names of the missing owners.
    package func failure(naming name: (NodeID) -> String = \.short) -> Failure {
        let names = missing.map(name).joined(separator: ", ")
        let absent = missing.isEmpty ? "" : "; missing \(names)"
        let effect =
            switch (version, isDefinite) {
            case (nil, _): ""
            case (_, true): "; nothing was written"
            case (let version?, false):
                "; it may have been written: retrying version \(version) writes it once"
            }
        if code == .stale {
            return Failure(
                code, "the version that the reader knows of is on no owner that answered" + absent)
        }
        return Failure(
            code,
            "\(level.rawValue) needs \(needed) of \(owners) owners and reached \(reached)"
                + absent + effect,
            isDefinite: isDefinite, version: version, epoch: epoch)
    }
}

extension Consistency {
    /// As `needed(of:)`, but nobody's answer is never enough.
    func required(of owners: Int) -> Int { max(1, needed(of: owners)) }
}
