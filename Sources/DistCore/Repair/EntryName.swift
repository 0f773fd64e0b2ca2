/// What stands for (key, version) while two owners reconcile: 64 bits under a salt that they draw
/// for each exchange, so that nobody can make two entries alike and nothing stays hidden by chance.
package enum EntryName {
    package static func of(key: RawSpan, version: Version, salt: UInt64) -> UInt64 {
        of(PartitionDigest.fingerprint(key: key, version: version), salt: salt)
    }

    @inline(__always)
    package static func of(_ fingerprint: (low: UInt64, high: UInt64), salt: UInt64) -> UInt64 {
        Mix.fold(fingerprint.low ^ salt, fingerprint.high ^ 0x589f_7f2d_41a3_b6c5)
    }
}
