public import GrepvineDistCore

/// Questions about the cluster itself.
extension Client {
    /// Who owns what, as some node has it now.
    public func topology(timeout: Duration? = nil) async throws(Failure) -> Topology {
        let response = try await perform(.topology, to: .anyNode(first: nil), timeout: timeout)
        guard case .topology(let topology) = response else { throw Self.mismatch }
        return topology
    }

    /// What one node believes about every member: `address`, or some node when it is nil.
    public func members(
        of address: Address? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> [MemberStatus] {
        let response = try await perform(.members, to: target(address), timeout: timeout)
        guard case .members(let members) = response else { throw Self.mismatch }
        return members
    }

    /// Where a key lives and how a node would serve it: the node at `address`, or an owner of the
    /// key when it is nil.
    public func explain(
        _ key: Key, at address: Address? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> Explanation {
        try check(key)
        let target = address.map(Call.Target.node) ?? .owner(Partition(of: key))
        let response = try await perform(.explain(key), to: target, timeout: timeout)
        guard case .explanation(let explanation) = response else { throw Self.mismatch }
        return explanation
    }

    /// Every setting of a running node with its origin: the node at `address`, or some node when
    /// it is nil.
    public func settings(
        of address: Address? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> [SettingValue] {
        let response = try await perform(.settings, to: target(address), timeout: timeout)
        guard case .settings(let settings) = response else { throw Self.mismatch }
        return settings
    }

    private func target(_ address: Address?) -> Call.Target {
        address.map(Call.Target.node) ?? .anyNode(first: nil)
    }
}
