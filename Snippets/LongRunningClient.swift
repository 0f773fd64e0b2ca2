// A client that lives as long as a service does.

import GrepvineClient

struct Plant: Codable {
    var name: String
    var height: Int
}

var configuration = ClientConfiguration(seeds: [Address(host: "cache.internal", port: 7000)])
configuration.readConsistency = .one
configuration.writeConsistency = .quorum
configuration.timeout = .milliseconds(500)

let client = Client(configuration)
// From here on calls work, even before the task below is scheduled.
try client.start()

try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await client.run() }
    group.addTask {
        try await client.set("plants/hop", json: Plant(name: "hop", height: 7))
        let plant = try await client.get("plants/hop", as: Plant.self)
        print(plant?.height ?? 0)
    }
    // The second task is done, or failed: end the first.
    _ = try await group.next()
    group.cancelAll()
}
