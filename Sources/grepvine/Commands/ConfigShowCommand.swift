import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

extension Command {
    static let configShow = Command(
        "config show", summary: "Print every setting of `serve` with where its value comes from.",
        details: [
            "Takes the flags of `serve`, so that it shows what the same words would do there. "
                + "With --server it asks a running node instead."
        ]
    ) { invocation in
        let output = invocation.console.output
        let listed = try await settings(invocation)
        output.write(
            invocation.values.toggle("json")
                ? SettingListing.json(listed) : SettingListing.table(listed))
        return .success
    }

    private static func settings(_ invocation: Invocation) async throws -> [SettingValue] {
        guard let address = invocation.values.address("server") else {
            let served = Setting.taken(by: "serve").compactMap(\.key)
            return invocation.values.listed.filter { served.contains($0.name) }
        }
        return try await invocation.cluster.use { try await $0.settings(of: address) }
    }
}

/// Settings and their origins as text or JSON.
enum SettingListing {
    static func table(_ settings: [SettingValue]) -> String {
        let name = settings.map(\.name.count).max() ?? 0
        let value = min(40, settings.map(\.value.count).max() ?? 0)
        return settings.map { setting in
            HelpPage.padded(setting.name, name) + "  " + HelpPage.padded(setting.value, value)
                + "  " + setting.origin + "\n"
        }.joined()
    }

    static func json(_ settings: [SettingValue]) -> String {
        let lines = settings.map { setting in
            "  \(JSONText.quoted(setting.name)): {\"value\": \(JSONText.quoted(setting.value)), "
                + "\"origin\": \(JSONText.quoted(setting.origin))}"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }
}
