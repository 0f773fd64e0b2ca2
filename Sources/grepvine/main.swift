import Glibc

// A reader that goes away is an error to handle, not a signal to die of.
signal(SIGPIPE, SIG_IGN)
let code = await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()), on: .process())
exit(code.rawValue)
