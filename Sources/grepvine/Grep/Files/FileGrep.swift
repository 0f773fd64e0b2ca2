import Glibc
import GrepvineDistCore
import GrepvineSearch

/// `grep --files`: the same matcher and the same output over plain files, one after the other.
struct FileGrep {
    private let request: GrepRequest
    private let console: Console
    private let selector: DocumentSelector
    private var named: LineMatcher
    private var found: LineMatcher
    private var printer: GrepPrinter
    private var summary = GrepSummary()
    private var bytes: [UInt8] = []
    private var failures = 0

    init(_ request: GrepRequest, _ console: Console) throws {
        self.request = request
        self.console = console
        var query = request.query
        query.filter.globs = []
        selector = try DocumentSelector(query)
        found = try LineMatcher(query)
        // A file that somebody named is searched whatever it holds.
        if query.binary == .isSkipped { query.binary = .isReported }
        if query.binary == .isReported, request.style.form == .json { query.binary = .endsLines }
        named = try LineMatcher(query)
        printer = GrepPrinter(request.style)
    }

    mutating func run(_ selection: FileSelection) throws -> ExitCode {
        let start = ProcessFacts.monotonicNanoseconds
        let content = FileContent()
        var walk = FileWalk(selection, globs: try KeyGlobs(request.query.filter.globs))
        var reported = 0
        while !isDone, let entry = walk.next() {
            do {
                try search(entry, content)
            } catch let refusal as FileBytes.Refusal {
                report(entry.path, refusal.reason)
            }
            for failure in walk.failures[reported...] { report(failure.path, failure.reason) }
            reported = walk.failures.count
        }
        for failure in walk.failures[reported...] { report(failure.path, failure.reason) }
        if selection.paths.isEmpty, summary.documentsSearched == 0, failures == 0 {
            failures += 1
            console.say("grepvine: no file was searched: the filters leave none")
        }
        let elapsed = Duration.nanoseconds(ProcessFacts.monotonicNanoseconds - start)
        printer.finish(summary, elapsed: elapsed, to: &bytes)
        show(force: true)
        return code
    }

    private var code: ExitCode {
        let hasHits = printer.statistics.documents > 0
        if failures > 0, !(hasHits && request.isQuiet) { return .failure }
        return hasHits ? .success : .negative
    }

    /// Nobody reads on, or one hit was enough.
    private var isDone: Bool {
        if console.output.isClosed { return true }
        return request.isQuiet && printer.statistics.documents > 0
    }

    private mutating func search(_ entry: FileWalk.Entry, _ content: FileContent) throws {
        let written = WallTime(
            milliseconds: Int64(entry.facts.st_mtim.tv_sec) * 1000
                + Int64(entry.facts.st_mtim.tv_nsec) / 1_000_000)
        let hit = try content.withBytes(of: entry.path, size: Int(entry.facts.st_size)) { bytes in
            isWanted(entry, written, bytes) ? search(entry, bytes) : nil
        }
        guard let hit else { return }
        printer.print(hit, isNamed: entry.isNamed, to: &bytes)
        show(force: console.output.isTerminal)
    }

    private func isWanted(
        _ entry: FileWalk.Entry, _ written: WallTime, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let type =
            request.query.filter.contentType == nil
            ? .bytes : ContentType(path: entry.path, content: Array(bytes))
        return entry.path.withUnsafeBytes {
            selector.admits(key: $0, contentType: type, written: written)
        }
    }

    private mutating func search(
        _ entry: FileWalk.Entry, _ bytes: UnsafeRawBufferPointer
    ) -> DocumentHit? {
        summary.documentsSearched += 1
        summary.bytesSearched += UInt64(bytes.count)
        let key = Key(entry.path)
        return entry.isNamed
            ? named.search(bytes.bytes, key: key, version: .zero)
            : found.search(bytes.bytes, key: key, version: .zero)
    }

    private mutating func show(force: Bool) {
        guard force || bytes.count >= 1 << 16 else { return }
        if !request.isQuiet { console.output.write(bytes: bytes) }
        bytes.removeAll(keepingCapacity: true)
        if force { _ = console.output.flush() }
    }

    private mutating func report(_ path: [UInt8], _ reason: String) {
        failures += 1
        let name = path.isEmpty ? "." : String(decoding: path, as: UTF8.self)
        console.say("grepvine: \(name): \(reason)")
    }
}
