public import GrepvineDistCore
public import GrepvineTransport

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

    /// Which gossip keys each node holds, as the node at `address` could find out, or some node
    /// when it is nil.
    public func keyring(
        of address: Address? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> KeyringReport {
        let response = try await perform(.keyring(.list), to: target(address), timeout: timeout)
        guard case .keyring(let report) = response else { throw Self.mismatch }
        return report
    }

    /// How the replicas of one node compare with those of other owners, and, if asked for, whether
    /// it should compare now: the node at `address`, or some node when it is nil.
    public func repair(
        _ request: RepairRequest = RepairRequest(), of address: Address? = nil,
        timeout: Duration? = nil
    ) async throws(Failure) -> RepairReport {
        let response = try await perform(.repair(request), to: target(address), timeout: timeout)
        guard case .repair(let report) = response else { throw Self.mismatch }
        return report
    }

    /// Disturbs the traffic of one node with its peers, or shows how it is disturbed: the node at
    /// `address`, or some node when it is nil. It must have been started for that.
    public func chaos(
        _ request: ChaosRequest = .show, of address: Address? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> ChaosReport {
        let response = try await perform(.chaos(request), to: target(address), timeout: timeout)
        guard case .chaos(let report) = response else { throw Self.mismatch }
        return report
    }

    /// Changes the gossip keys of the whole cluster.
    ///
    /// - Parameters:
    ///   - present: a key that the cluster holds now. It proves that the caller may do this, and
    ///     what is said travels sealed under it.
    ///   - added: the key that the change adds.
    ///   - cluster: the cluster's name, which the change is bound to.
    public func change(
        keyring change: KeyringChange, adding added: SecretKey? = nil, with present: SecretKey,
        cluster: String, of address: Address? = nil, timeout: Duration? = nil
    ) async throws(Failure) -> KeyringReport {
        let letter = KeyringLetter.seal(
            KeyringOrder(change, adding: added).encoded, .change, cluster: cluster, key: present,
            cipher: AuthenticatedCipher(present), nonce: KeyringLetter.randomNonce())
        let response = try await perform(
            .keyring(.change(letter)), to: target(address), timeout: timeout)
        guard case .keyring(let report) = response else { throw Self.mismatch }
        return report
    }

    private func target(_ address: Address?) -> Call.Target {
        address.map(Call.Target.node) ?? .anyNode(first: nil)
    }
}
