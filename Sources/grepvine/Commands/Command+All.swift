/// The verbs, in the order of the overview.
extension Command {
    static let all: [Command] = [
        .serve, .dev, .load, .grep, .get, .set, .del, .ttl, .expire, .members, .explain, .repair,
        .awaitSync, .configShow, .keyringGenerate, .keyringList, .keyringAdd, .keyringUse,
        .keyringRemove, .chaosSet, .chaosPartition, .chaosShow, .chaosHeal, .bench, .version,
    ]
}
