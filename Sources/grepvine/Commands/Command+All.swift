/// The verbs, in the order of the overview.
extension Command {
    static let all: [Command] = [
        .serve, .dev, .configShow, .bench, .version,
    ]
}
