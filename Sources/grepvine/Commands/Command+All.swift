/// The verbs, in the order of the overview.
extension Command {
    static let all: [Command] = [
        .configShow, .bench, .version,
    ]
}
