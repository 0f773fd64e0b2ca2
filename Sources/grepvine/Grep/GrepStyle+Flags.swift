extension GrepStyle {
    /// What the flags ask for, but for the form.
    init(_ values: Values, _ console: Console, _ files: FileSelection?) {
        self.init()
        let isTerminal = console.output.isTerminal
        let isPretty = values.toggle("pretty")
        perMatch = values.toggle("vimgrep")
        columns = values.optionalToggle("column") ?? perMatch
        heading = !perMatch && (values.optionalToggle("heading") ?? (isTerminal || isPretty))
        lineNumbers =
            values.optionalToggle("line-number") ?? (isTerminal || isPretty || columns || perMatch)
        color = console.usesColor(values.text("color"), evenOffTerminal: isPretty)
        onlyMatching = values.toggle("only-matching")
        offsets = values.toggle("byte-offset")
        trims = values.toggle("trim")
        statistics = values.toggle("stats")
        showsKeys =
            !values.toggle("no-filename")
            && (values.optionalToggle("with-filename") ?? (perMatch || files?.isOneFile != true))
        endsKeysWithNUL = values.toggle("null")
        endsLinesWithCRLF = values.toggle("crlf")
        maxColumns = values.optionalInteger("max-columns")
        previewsLongLines = values.toggle("max-columns-preview")
        setSeparators(values)
    }

    private mutating func setSeparators(_ values: Values) {
        if let text = values.optionalText("field-match-separator") {
            matchSeparator = Array(text.utf8)
        }
        if let text = values.optionalText("field-context-separator") {
            contextFieldSeparator = Array(text.utf8)
        }
        if let text = values.optionalText("context-separator") { groupSeparator = Array(text.utf8) }
        if values.toggle("no-context-separator") { groupSeparator = nil }
    }
}
