import GrepvineDistCore
import Testing

@testable import GrepvineSimulation

@Suite("The queue of events")
struct EventQueueTests {
    @Test("gives events by time, and equal times in the order of scheduling")
    func order() {
        var dice = SeededGenerator(seed: 3)
        var queue = EventQueue<Int>()
        var expected: [(time: Int64, event: Int)] = []
        for event in 0..<2000 {
            let time = Int64.random(in: 0..<50, using: &dice)
            queue.add(event, at: time)
            expected.append((time, event))
        }
        expected.sort { ($0.time, $0.event) < ($1.time, $1.event) }
        var taken: [Int] = []
        while let (_, event) = queue.next() { taken.append(event) }
        #expect(taken == expected.map(\.event))
        #expect(queue.count == 0)
    }
}
