// A node inside your own process, beside whatever else it does.

import GrepvineClient
import GrepvineNode

var configuration = ServerConfiguration()
configuration.node.name = "embedded-1"
configuration.port = 7946
configuration.respPort = nil
configuration.httpPort = nil

let server = try Server(configuration)
// The node's loop blocks, so it gets a thread of its own.
let loop = server.start()

try await withClient(ClientConfiguration(seeds: [server.address])) { client in
    try await client.set("greeting", "hello from inside")
    print(try await client.get("greeting")?.text ?? "nothing")
}

server.stop()
loop.join()
