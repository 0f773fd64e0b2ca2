import GrepvineDistCore
import Testing

@testable import GrepvineTransport

@Suite("JSON")
struct JSONTests {
    private static func decode(_ text: some Collection<UInt8>) throws(JSONError) -> JSONValue {
        let bytes = Array(text)
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(JSONError) in try JSONValue(decoding: raw) }
        }
        return try result.get()
    }

    @Test(
        "texts become values",
        arguments: [
            ("null", JSONValue.null), (" true ", .bool(true)), ("\tfalse\r\n", .bool(false)),
            ("0", .number(0)), ("-0.5e+2", .number(-50)), ("1E3", .number(1000)),
            ("\"\"", .text("")),
            ("\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"", .text("a\n\t\"\\/\u{8}\u{c}\r")),
            ("\"\\u00e9\\ud83d\\ude00é\"", .text("é😀é")), ("[]", .array([])),
            ("[1, [true], {}]", .array([.number(1), .array([.bool(true)]), .object([])])),
            (
                "{ \"a\" : 1 , \"b\":null}",
                .object([JSONValue.Member("a", .number(1)), JSONValue.Member("b", .null)])
            ),
        ])
    func values(_ text: String, _ value: JSONValue) throws {
        #expect(try Self.decode(text.utf8) == value)
    }

    @Test(
        "what is no JSON says where and why",
        arguments: [
            ("", 0, "expected a value"), ("nul", 0, "expected a value"),
            ("01", 1, "something follows the value"), ("1.", 2, "expected a value"),
            ("-", 1, "expected a value"), ("+1", 0, "expected a value"),
            ("1e999", 5, "the number is out of range"), ("[1,]", 3, "expected a value"),
            ("[1 2]", 3, "expected a comma or ]"), ("{1:2}", 1, "expected a name"),
            ("{\"a\" 1}", 5, "expected a colon"), ("{\"a\":1,}", 7, "expected a name"),
            ("{\"a\":1,\"a\":2}", 10, "the name \"a\" comes twice"),
            ("\"a", 2, "expected the end of the string"),
            ("\"a\nb\"", 2, "a control character stands in a string"),
            ("\"\\x\"", 3, "an unknown escape"), ("\"\\u12\"", 5, "expected four hexadecimal"),
            ("\"\\ud800\"", 7, "half of a surrogate pair"),
            ("\"\\ud800\\u0041\"", 13, "half of a surrogate pair"),
            ("\"\\udc00\"", 7, "half of a surrogate pair"), ("1 1", 2, "something follows"),
        ])
    func errors(_ text: String, _ offset: Int, _ reason: String) {
        do throws(JSONError) {
            let value = try Self.decode(text.utf8)
            Issue.record("\(text) gave \(value)")
        } catch {
            #expect(error.offset == offset && error.reason.hasPrefix(reason), "\(text): \(error)")
        }
    }

    @Test("text that is not UTF-8 and nesting without end are refused")
    func bounds() {
        #expect(throws: JSONError(reason: "the string is not UTF-8", offset: 3)) {
            try Self.decode([0x22, 0xff, 0x22])
        }
        let depth = JSONParser.deepest
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(throws: Never.self) { try Self.decode(nested(depth).utf8) }
        #expect(throws: JSONError(reason: "nested deeper than \(depth)", offset: depth + 1)) {
            try Self.decode(nested(depth + 1).utf8)
        }
        #expect(throws: JSONError.self) { try Self.decode(nested(1 << 20).utf8) }
    }

    @Test("what is written as a string is read as the same string")
    func strings() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            let scalars = (0..<Int(generator.next() % 12)).compactMap { _ in
                Unicode.Scalar(UInt32(truncatingIfNeeded: generator.next() % 0x300))
            }
            let text = String(String.UnicodeScalarView(scalars))
            let read = try Self.decode(JSONText.quoted(text).utf8)
            guard case .text(let same) = read, Array(same.utf8) == Array(text.utf8) else {
                Issue.record("\(scalars)")
                return
            }
        }
    }

    @Test("damaged texts and noise give a value or an error within the bytes")
    func hostile() {
        let corpus = [
            "{\"pattern\":\"a\\u00e9\\ud83d\\ude00\",\"glob\":[\"*\",\"!b\"],\"limit\":10}",
            "[1.5e-3,true,null,{\"a\":{\"b\":[]}}]",
        ].map { Array($0.utf8) }
        func check(_ bytes: UnsafeMutableRawBufferPointer) {
            do throws(JSONError) {
                _ = try JSONValue(decoding: UnsafeRawBufferPointer(bytes))
            } catch {
                if error.offset > bytes.count { Issue.record("beyond the end: \(error)") }
            }
        }
        for bytes in corpus {
            Hostile.corruptions(of: bytes, check)
            Hostile.prefixes(of: bytes, check)
        }
        Hostile.random(seed: 13, corpus: corpus, check)
    }
}
