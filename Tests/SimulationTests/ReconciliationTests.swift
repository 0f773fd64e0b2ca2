import GrepvineSimulation
import Testing

@Suite("Reconciliation of two owners (A2)")
struct ReconciliationTests {
    @Test("costs bytes for what differs, not for what is held")
    func bytes() {
        let experiment = ReconciliationExperiment(entries: 20_000, seed: 3)
        let few = experiment.row(differences: 1)
        #expect(few.isComplete && few.compared + few.sketched < 4_000)
        #expect(few.exchanges == 1, "one of the two begins it")
        #expect(few.records > 0 && few.records < 1_000)
        let many = experiment.row(differences: 200)
        #expect(many.isComplete)
        // A list of all ids would take 16 bytes for each entry.
        #expect(many.compared + many.sketched < 20_000 * 16 / 4)
    }
}
