import GrepvineDistCore

/// Greps that this node coordinates, and searches of its own replicas.
extension MetricsReport {
    static func greps(_ node: borrowing Node, _ report: inout Report) {
        let metrics = node.metrics
        report.counter("greps_total", "Greps that this node coordinated.", metrics.greps)
        report.gauge(
            "grep_streams", "Of those, the ones that clients read now.", node.grep.streams.count)
        report.counter(
            "grep_incomplete_total", "Answers that lack something, by reason.", by: "reason",
            GrepSummary.Reason.allCases.map {
                ($0.name, metrics.grep.incomplete[Int($0.rawValue)])
            })
        report.counter(
            "grep_replans_total", "Parts that moved to another owner.", metrics.grepReplans)
        report.counter(
            "grep_hedges_total", "Slow parts that others were set on, too.", metrics.grep.hedges)
        report.counter(
            "grep_hedges_won_total", "Of those, the ones that others did faster.",
            metrics.grep.hedgesWon)
        report.counter(
            "grep_hedges_denied_total", "Slow parts for which too much was done twice already.",
            metrics.grep.hedgesDenied)
        report.counter(
            "grep_replies_cut_total", "Replies to Redis clients that were too large.",
            metrics.grepRepliesCut)
    }

    static func search(_ node: borrowing Node, _ report: inout Report) {
        let metrics = node.metrics
        report.counter("searches_total", "Searches of own replicas.", metrics.searches)
        report.gauge(
            "searches", "Searches of own replicas that run or wait.", node.grep.own.count)
        report.counter(
            "searches_shared_total", "Searches that shared the run of an equal one.",
            metrics.grep.searchesShared)
        report.counter(
            "searches_refused_total", "Searches refused because of the bound on them.",
            metrics.grep.searchesRefused)
        report.counter(
            "searches_cancelled_total", "Searches that ended because nobody wanted them.",
            metrics.grep.searchesCancelled)
        report.counter(
            "searches_out_of_bytes_total", "Searches that had looked at all they may.",
            metrics.grep.searchesOutOfBytes)
        report.counter(
            "searched_documents_total", "Documents looked into.", metrics.searchedDocuments)
        report.counter("searched_bytes_total", "Bytes looked at.", metrics.searchedBytes)
        report.counter(
            "search_skipped_bytes_total", "Bytes that indexes ruled out.", metrics.skippedBytes)
        report.counter("indexes_built_total", "Indexes of segments.", metrics.indexesBuilt)
        report.counter(
            "indexed_bytes_total", "Bytes of segments read for them.", metrics.indexedBytes)
        report.counter(
            "indexes_discarded_total", "Indexes made in vain: no room, or the segment was gone.",
            metrics.indexesDiscarded)
        report.gauge(
            "indexing_queue", "Segments waiting for the index thread.",
            node.indexing.isUnderWay ? 1 : 0)
    }
}
