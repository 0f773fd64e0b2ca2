// Keys and values: write, read and delete, each with the consistency that it needs.

import GrepvineClient

let configuration = ClientConfiguration(
    seeds: [Address(host: "127.0.0.1", port: 7000), Address(host: "127.0.0.1", port: 7001)])

try await withClient(configuration) { client in
    // Any level that is not named is the node's own default.
    let receipt = try await client.set("greeting", "hello", consistency: .quorum)
    print("\(receipt.acks) of \(receipt.owners) owners hold version \(receipt.version)")

    if let entry = try await client.get("greeting", consistency: .quorum) {
        print(entry.text ?? "not UTF-8", entry.version)
    }

    // Gone a minute from now, unless something extends it.
    try await client.set("session", [1, 2, 3], expiration: .after(.seconds(60)))
    try await client.expire("session", after: .seconds(120))
    print(try await client.ttl("session"))
    try await client.persist("session")

    let deleted = try await client.delete("greeting", consistency: .all)
    print(deleted.existed ? "deleted" : "there was nothing")
}
