// Searching every document of the cluster, as the hits come in.

import GrepvineClient

let configuration = ClientConfiguration(seeds: [Address(host: "127.0.0.1", port: 7000)])

try await withClient(configuration) { client in
    var query = GrepQuery("error|warning")
    query.keyPrefix = Array("logs/".utf8)
    query.limit = 100

    // Leaving the loop, by `break` or by an error, stops the search on every node.
    for try await event in client.grep(query) {
        switch event {
        case .hit(let document):
            for line in document.lines where line.isMatch {
                print(
                    "\(document.key):\(line.number):\(String(decoding: line.text, as: UTF8.self))")
            }
        case .summary(let summary) where summary.isComplete:
            print("\(summary.documentsSearched) documents, all of them")
        case .summary(let summary):
            print("not searched: partitions \(summary.missing)")
        }
    }
}
