import GrepvineDistCore
import Testing

@Suite("Hedging (R3)")
struct HedgingTests {
    @Test(
        "the tail rests near the 95th percentile of the latest answers",
        arguments: [
            // The fastest answer and the width of an even spread, in microseconds.
            (2_000, 1_000), (2_000, 20_000), (100_000, 50_000),
        ])
    func tail(_ fastest: Int, _ width: Int) {
        var generator = SeededGenerator(seed: UInt64(fastest + width))
        var tail = TailLatency()
        var beyond = 0
        for step in 0..<40_000 {
            let time = Duration.microseconds(Int.random(in: 0..<width, using: &generator) + fastest)
            if step >= 20_000, time > tail.value { beyond += 1 }
            tail.note(time)
        }
        #expect((0.035...0.065).contains(Double(beyond) / 20_000))
    }

    @Test("the tail is never below a millisecond, and follows a peer that becomes slow")
    func bounds() {
        var tail = TailLatency()
        for _ in 0..<2000 { tail.note(.microseconds(30)) }
        #expect(tail.value == TailLatency.floor)
        for _ in 0..<40 { tail.exceeded() }
        #expect(tail.value > .seconds(1))
        for _ in 0..<400 { tail.exceeded() }
        #expect(tail.value <= .seconds(10))
    }

    @Test("one read in twenty may be hedged in the long run, ten at once after a quiet time")
    func budget() {
        var budget = HedgeBudget()
        let atOnce = (0..<100).filter { _ in budget.spend() }.count
        #expect(atOnce == 10)
        var spent = 0
        for _ in 0..<10_000 {
            budget.earn()
            if budget.spend() { spent += 1 }
        }
        #expect(spent == 500)
        for _ in 0..<10_000 { budget.earn() }
        let afterQuiet = (0..<100).filter { _ in budget.spend() }.count
        #expect(afterQuiet == 10)
    }
}
