// What went wrong, and whether it certainly did not happen.

import GrepvineClient

func store(_ name: String, as key: Key, with client: Client) async throws(Failure) {
    do {
        try await client.set(key, name, consistency: .quorum, timeout: .seconds(1))
    } catch  where !error.isDefinite && error.version != nil {
        // The write may have happened. Under the same version it happens once, and never over
        // what somebody else wrote since.
        try await client.set(
            key, name, consistency: .quorum, retrying: error.version, timeout: .seconds(5))
    } catch  where error.isRetryable {
        // It certainly did not happen, and trying again may help.
        try await client.set(key, name, consistency: .quorum, timeout: .seconds(5))
    }
}

let configuration = ClientConfiguration(
    seeds: [Address(host: "127.0.0.1", port: 7000)], cluster: "vines")

do {
    try await withClient(configuration) { client in
        try await store("hop", as: "plant", with: client)
    }
} catch let failure as Failure {
    switch failure.code {
    case .wrongCluster: print("these seeds lead elsewhere: \(failure.message)")
    case .unavailable: print("too few nodes are up: \(failure.message)")
    default: print(failure)
    }
}
