import Testing

/// Real processes on loopback. One test at a time: each one starts a cluster of its own, and what
/// it claims about time would say little if others took the processor.
@Suite("Clusters of real processes", .serialized)
struct ClusterTests {}
