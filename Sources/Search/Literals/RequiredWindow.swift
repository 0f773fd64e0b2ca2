/// Neighbouring bytes that every match must contain, each out of a small set: what there is to
/// look for when a pattern has no literal, such as `[0-9]{3}-[0-9]{4}`.
struct RequiredWindow {
    /// The pattern matches nothing but such bytes.
    private var exact: [ByteSet]?
    /// Every match begins, and ends, with such bytes.
    private var prefix: [ByteSet] = []
    private var suffix: [ByteSet] = []
    /// Every match contains such bytes.
    private(set) var best: [ByteSet] = []

    private static let longest = 16

    init(_ syntax: Syntax) {
        switch syntax {
        case .empty, .look: setExact([])
        case .scalars(let set): ByteSet.covering(set).map { setExact($0) }
        case .concatenation(let items): join(items.map(RequiredWindow.init))
        case .alternation(let branches): unite(branches.map(RequiredWindow.init))
        case .repetition(let item, let least, let most, _):
            if most == 0 { setExact([]) }
            if least > 0 { repeatItem(RequiredWindow(item), least: least, most: most) }
        }
    }

    private mutating func setExact(_ bytes: [ByteSet]) {
        exact = bytes
        prefix = bytes
        suffix = bytes
        best = bytes
    }

    private mutating func join(_ parts: [RequiredWindow]) {
        var run: [ByteSet] = []
        var isWhole = true
        for part in parts {
            if let bytes = part.exact, run.count + bytes.count <= Self.longest {
                run += bytes
                continue
            }
            run += part.prefix.prefix(max(0, Self.longest - run.count))
            if isWhole { prefix = run }
            isWhole = false
            best = Self.better(Self.better(best, run), part.best)
            run = part.suffix
        }
        best = Self.better(best, run)
        suffix = run
        if isWhole { setExact(run) }
    }

    /// Branches of equal length have one window.
    private mutating func unite(_ parts: [RequiredWindow]) {
        let wholes = parts.compactMap(\.exact)
        guard wholes.count == parts.count, let first = wholes.first,
            wholes.allSatisfy({ $0.count == first.count })
        else { return }
        setExact(
            wholes.dropFirst().reduce(first) { sets, other in
                zip(sets, other).map { $0.union($1) }
            })
    }

    private mutating func repeatItem(_ item: RequiredWindow, least: Int, most: Int?) {
        prefix = item.prefix
        suffix = item.suffix
        best = item.best
        guard let bytes = item.exact, !bytes.isEmpty else { return }
        let copies = min(least, Self.longest / bytes.count)
        let run = Array(repeatElement(bytes, count: max(1, copies)).joined())
        setExact(run)
        if copies != least || most != least { exact = nil }
    }

    private static func better(_ left: [ByteSet], _ right: [ByteSet]) -> [ByteSet] {
        WindowScanner.rate(of: left) <= WindowScanner.rate(of: right) ? left : right
    }
}
