import BSDSocketBackend
import LoopbackMockBackend
import Testing
import TestSupport
import TransportConformance
import TransportCore

/// A broken transport and the case that has to find it.
struct BrokenSubject: Sendable, CustomTestStringConvertible {
    let subject: ConformanceSubject
    let caseID: String
    let driver: ConformanceDriver

    var testDescription: String { "\(subject.name) → \(caseID), \(driver)" }

    /// A layer over the mock.
    init<T: Transport>(
        _ caseID: String, _ driver: ConformanceDriver = .blocking, _ profile: NetworkProfile = .tcp,
        _ name: String? = nil,
        _ wrap: @escaping @Sendable (LoopbackStream<IPv4>) -> T
    ) {
        self.caseID = caseID
        self.driver = driver
        subject = wrappedMock(
            name ?? "\(T.self)".prefix { $0 != "<" }.description, profile: profile, bulk: 8 << 10, wrap)
    }

    /// A layer that is to be invisible.
    init<T: Transport>(layer caseID: String, _ wrap: @escaping @Sendable (AnyTransport<IPv4>) -> T) {
        self.caseID = caseID
        driver = .stepping
        subject = ConformanceSubject("\(T.self)".prefix { $0 != "<" }.description) {
            let network = LoopbackNetwork(profile: .tcp)
            var bench = ConformanceBench(over: { try network.streams() }, isInvisible: true, wrapping: wrap)
            bench.join(network)
            return bench
        }
    }

    /// A transport that claims what is not true, or hides what is.
    init(
        claim caseID: String, _ profile: NetworkProfile = .tcp, adding: TransportFacts = [],
        removing: TransportFacts = []
    ) {
        let name = adding.isEmpty ? "hides a fact" : "claims too much"
        self.init(caseID, .stepping, profile, name) { Claiming(lower: $0, adding: adding, removing: removing) }
    }

    /// A backend with a fault of its listeners, over the mock.
    init(listener caseID: String, _ fault: ListenerFault, driver: ConformanceDriver = .stepping) {
        self.caseID = caseID
        self.driver = driver
        subject = ConformanceSubject("a listener that \(fault)") {
            let network = LoopbackNetwork(profile: .tcp)
            let backend = BrokenBackend(base: network.backend(for: IPv4.self), fault: fault)
            var bench = ConformanceBench(backend) { .loopback(port: 0) }
            bench.join(network)
            return bench
        }
    }

    /// A backend with a fault of its datagram endpoints, over UDP.
    init(datagrams caseID: String, _ fault: DatagramFault) {
        self.caseID = caseID
        driver = .blocking
        subject = ConformanceSubject("a datagram endpoint that \(fault)") {
            ConformanceBench(datagrams: BrokenDatagramBackend(base: SocketBackend<IPv4>(), fault: fault)) {
                .loopback(port: 0)
            }
        }
    }

    static let all: [BrokenSubject] =
        sending + receiving + ending + waiting + knowledge + claims + listeners + datagrams

    private static let listeners = [
        BrokenSubject(listener: "LIS-01", .acceptsNobody),
        BrokenSubject(listener: "LIS-06", .stopsNothing),
        BrokenSubject(listener: "LIS-07", .leavesTheAddressTaken),
        BrokenSubject(listener: "LIS-04", .leavesTheAddressTaken),
        BrokenSubject(listener: "DLN-13", .waitsWithoutEnd, driver: .blocking),
    ]

    private static let datagrams = [
        BrokenSubject(datagrams: "DGR-01", .joinsDatagrams),
        BrokenSubject(datagrams: "DGR-02", .dropsEmptyDatagrams),
        BrokenSubject(datagrams: "DGR-03", .doesNotTellOfTheCut),
        BrokenSubject(datagrams: "DGR-05", .losesTheSender),
        BrokenSubject(datagrams: "DGR-06", .isNeverConnected),
    ]

    private static let sending = [
        BrokenSubject("NBK-05", .stepping) { LosesAByteOfAShortSend(lower: $0) },
        BrokenSubject("BAS-04") { DropsTheLastByte(lower: $0) },
        BrokenSubject("BAS-03") { DeliversTwice(lower: $0) },
        BrokenSubject("BAS-08", .stepping) { HoldsTheCallersMemory(lower: $0) },
        BrokenSubject("FCT-09", .stepping) { KeepsATail(lower: $0) },
        BrokenSubject("ZER-01", .stepping) { SendsSomethingForNothing(lower: $0) },
        BrokenSubject("VEC-01") { CountsAllRunsForTheFirst(lower: $0) },
        BrokenSubject("VEC-03", .stepping) { CountsAllRunsForTheFirst(lower: $0) },
        BrokenSubject("SIM-01", .stepping) { TakesAsItLikes(lower: $0) },
    ]

    private static let receiving = [
        BrokenSubject("BAS-02", .async) { Reorders(lower: $0) },
        BrokenSubject("BAS-05") { WritesBehindTheBuffer(lower: $0) },
        BrokenSubject("BAS-06") { CountsTooMany(lower: $0) },
        BrokenSubject("EOF-01") { EndsWithZero(lower: $0) },
        BrokenSubject("EOF-03") { LosesTheEnd(lower: $0) },
        BrokenSubject("EOF-02", .stepping) { ForgetsTheEnd(lower: $0) },
        BrokenSubject("NBK-01", .stepping) { TakesReadinessForData(lower: $0) },
        BrokenSubject("ZER-02", .stepping) { WaitsForNoRoom(lower: $0) },
        BrokenSubject("VEC-04", .stepping) { ScattersFromTheEnd(lower: $0) },
        BrokenSubject("NBK-06", .stepping) { HoldsInputInSecret(lower: $0) },
    ]

    private static let ending = [
        BrokenSubject("CLO-03") { ClosesWithoutWaking(lower: $0) },
        BrokenSubject("CLO-01", .stepping) { OpensWhenClosedTwice(lower: $0) },
        BrokenSubject("CLO-02") { SendsAfterClosing(lower: $0) },
        BrokenSubject("EOF-04") { EndsBothDirections(lower: $0) },
        BrokenSubject("EOF-06", .stepping) { EndsADirectionOnce(lower: $0) },
        BrokenSubject("EOF-05", .stepping) { SendsAfterEnding(lower: $0) },
        BrokenSubject("CLO-12") { ForgetsAReset(lower: $0) },
        BrokenSubject("CLO-10") { ClosesInPlaceOfCutting(lower: $0) },
        BrokenSubject("EOF-03", .async) { CutsInPlaceOfClosing(lower: $0) },
        BrokenSubject("CLO-07") { SendsToNobody(lower: $0) },
    ]

    private static let waiting = [
        BrokenSubject("DLN-05") { IgnoresDeadlines(lower: $0) },
        BrokenSubject("DLN-05") { GivesUpEarly(lower: $0) },
        BrokenSubject("DLN-02") { IsPoisonedByATimeout(lower: $0) },
        BrokenSubject("DLN-09") { KeepsTheFirstDeadline(lower: $0) },
        BrokenSubject("NBK-10", .stepping) { IsAlwaysReady(lower: $0) },
        BrokenSubject("NBK-10", .stepping) { NamesTheWrongNeed(lower: $0) },
        BrokenSubject("NBK-01", .stepping) { NamesNoNeed(lower: $0) },
        BrokenSubject("NBK-03", .stepping) { BlocksForGood(lower: $0) },
        BrokenSubject("NBK-11", .stepping) { WaitsInASendStep(lower: $0) },
        BrokenSubject("CLO-05") { WaitsInVainWhenClosed(lower: $0) },
        BrokenSubject("DLN-14", .async) { IgnoresDeadlinesInTasks(lower: $0) },
        BrokenSubject("CLO-03", .async) { ClosesWithoutWakingTasks(lower: $0) },
        BrokenSubject("CAN-01", .async) { IsReadyWhenCancelled(lower: $0) },
        BrokenSubject("CAN-05", .async) { ClosesWhenCancelled(lower: $0) },
    ]

    private static let knowledge = [
        BrokenSubject("ADR-01", .stepping) { SwapsAddresses(lower: $0) },
        BrokenSubject("ADR-02", .stepping) { LosesAddresses(lower: $0) },
        BrokenSubject("ADR-03", .stepping) { TakesAnyOption(lower: $0) },
        BrokenSubject(layer: "WRP-06") { AnswersNothing(lower: $0) },
        BrokenSubject("ADR-05", .stepping) { SaysNothing(lower: $0) },
        BrokenSubject(layer: "WRP-07") { SaysNothing(lower: $0) },
        BrokenSubject(layer: "WRP-03") { LeavesTheLowerOpen(lower: $0) },
        BrokenSubject(layer: "WRP-04") { TakesVectorsApart(lower: $0) },
        BrokenSubject(layer: "WRP-01") { Claiming(lower: $0, removing: .halfClose) },
        BrokenSubject(layer: "ADR-04") { Claiming(lower: $0, adding: .vectored) },
    ]

    private static let claims = [
        BrokenSubject(claim: "EOF-13", removing: .halfClose),
        BrokenSubject(claim: "CLO-10", .unix, adding: .abortIsVisible),
        BrokenSubject(claim: "FCT-02", removing: .abortIsVisible),
        BrokenSubject(claim: "FCT-03", adding: .firstSendAfterPeerCloseFails),
        BrokenSubject(claim: "FCT-04", .unix, removing: .firstSendAfterPeerCloseFails),
        BrokenSubject(claim: "EOF-14", adding: .detectsTruncation),
        BrokenSubject(claim: "FCT-06", adding: .buffersInput),
        BrokenSubject(claim: "FCT-08", adding: .needsFlush),
        BrokenSubject(claim: "FCT-10", adding: .vectored),
        BrokenSubject(claim: "FCT-12", adding: .exposesDescriptor),
        BrokenSubject(claim: "FCT-15", removing: .addressesSurviveClose),
        BrokenSubject(claim: "FCT-16", adding: .preservesBoundaries),
    ]
}
