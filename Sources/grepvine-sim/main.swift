import GrepvineSimulation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

do throws(UsageError) {
    if CommandLine.arguments.dropFirst().first == "membership" {
        exit(try await MembershipCommand(CommandLine.arguments.dropFirst(2)).run())
    }
    if CommandLine.arguments.dropFirst().first == "reconcile" {
        exit(try ReconcileCommand(CommandLine.arguments.dropFirst(2)).run())
    }
    let arguments = try Arguments(CommandLine.arguments.dropFirst())
    if arguments.isHelp { exit(Arguments.printHelp()) }
    var session = Session(arguments)
    exit(await session.run())
} catch {
    StandardError.write("grepvine-sim: \(error.text)\n\(Arguments.usage)\n")
    exit(2)
}
