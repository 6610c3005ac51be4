import Testing
import TransportConformance

@Suite("Broken transports")
struct MutationTests {
    @Test("the case that is about it finds each of them", arguments: BrokenSubject.all)
    func isFound(_ broken: BrokenSubject) throws {
        let suite = ConformanceSuite(broken.subject, patience: .milliseconds(500))
        let failure = #expect(throws: ConformanceFailure.self) {
            try suite.run(broken.caseID, driver: broken.driver)
        }
        #expect(failure?.caseID == broken.caseID)
        #expect(failure?.subject == broken.subject.name)
        #expect(failure?.driver == broken.driver)
    }
}
