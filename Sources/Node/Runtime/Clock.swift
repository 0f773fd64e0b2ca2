package import GrepvineDistCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The only place where a node's time comes from.
package enum Clock {
    package static func now() -> Moment { Moment(instant: instant(), wall: wall()) }

    package static func instant() -> Instant { Instant(nanoseconds: read(CLOCK_MONOTONIC)) }

    package static func wall() -> WallTime {
        WallTime(milliseconds: read(CLOCK_REALTIME) / 1_000_000)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
