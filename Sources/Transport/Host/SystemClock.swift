package import GrepvineDistCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The clocks of this machine.
package enum SystemClock {
    package static func now() -> Moment { Moment(instant: instant(), wall: wall()) }

    /// Monotonic.
    package static func instant() -> Instant { Instant(nanoseconds: read(CLOCK_MONOTONIC)) }

    /// Whatever somebody set it to.
    package static func wall() -> WallTime {
        WallTime(milliseconds: read(CLOCK_REALTIME) / 1_000_000)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
