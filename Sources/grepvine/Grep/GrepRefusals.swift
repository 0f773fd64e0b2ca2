/// Flags of ripgrep that `grep` does not take, and why: better than "unknown flag".
enum GrepRefusals {
    static let reasons: [String: String] = {
        let captures = "what groups match is not kept, so nothing can be replaced with it"
        let lines = "a match never crosses a line"
        let linear = "back references and look-around cannot be matched in linear time"
        let compressed = "compressed files are not unpacked"
        let ignoring = "--files searches hidden and ignored files anyway"
        return [
            "--replace": captures, "-r": captures, "--multiline": lines, "-U": lines,
            "--multiline-dotall": lines, "--null-data": lines, "--pcre2": linear, "-P": linear,
            "--search-zip": compressed, "-z": compressed, "--hidden": ignoring,
            "--no-ignore": ignoring, "-u": ignoring, "--unrestricted": ignoring,
            "--passthru": "lines that do not match are shown by -C with a large number",
            "--encoding": "documents are bytes, read as UTF-8",
            "-E": "documents are bytes, read as UTF-8",
            "--type": "-g '*.c' chooses by name, --content-type by content",
            "-t": "-g '*.c' chooses by name, --content-type by content",
        ]
    }()
}
