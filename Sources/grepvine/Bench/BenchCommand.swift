import GrepvineDistCore

extension Command {
    static let bench = Command(
        "bench", summary: "Measure how fast a server or a cluster answers.",
        details: [
            "With --resp it measures anything that speaks the Redis protocol. Several servers take "
                + "turns, round by round, so that whatever else the machine does hits all of them, "
                + "and are compared with the first. Latency is the time from sending a batch to "
                + "each of its replies, or with --rate from when each operation was due. The "
                + "processor time of the server says more than the rate when client and server "
                + "share cores.",
            "Without --resp it measures a cluster through the client: with everything going to the "
                + "first --server, and with each key going to its owner.",
            "Exit code 1 means that some reply was an error, a miss or another key's value.",
        ]
    ) { invocation in
        if !invocation.values.texts("grep").isEmpty { return try await GrepBench(invocation).run() }
        guard !invocation.values.addresses("resp").isEmpty else {
            return try await ClusterBench(invocation).run()
        }
        return try ServerBench(invocation).run()
    }
}
