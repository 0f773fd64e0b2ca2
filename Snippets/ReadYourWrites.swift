// A session reads its own writes from a single owner: at ONE, and never behind what it has seen.

import GrepvineClient

let configuration = ClientConfiguration(seeds: [Address(host: "127.0.0.1", port: 7000)])

try await withClient(configuration) { client in
    let session = client.session()
    let receipt = try await session.set("cart", "3 apples", consistency: .quorum)
    print(try await session.get("cart")?.text ?? "nothing")

    // Somebody else, who was told the version, is as well off.
    let cart = try await client.get("cart", consistency: .one, atLeast: receipt.version)
    print(cart?.text ?? "nothing")
}
