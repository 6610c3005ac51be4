/// One rule that transports keep, with the means to find out whether one does.
///
/// Cases are values: they can be listed, chosen by id, group or driver, and handed to a test framework as arguments.
/// ``ConformanceSuite`` runs them.
public struct ConformanceCase: Sendable, Identifiable, CustomStringConvertible {
    /// The name of the case in reports, such as `EOF-01`; the same for ever.
    public let id: String

    /// The rule, in one sentence.
    public let rule: String

    /// The subject that the case belongs to.
    public let group: ConformanceGroup

    /// The ways in which the case is run.
    public let drivers: [ConformanceDriver]

    /// What a transport must claim or offer for the case to apply.
    public let requirement: ConformanceRequirement

    /// Whether what happens is determined to the last operation, so that every driver must see the same.
    let isDetermined: Bool

    let body: @Sendable (Scene) throws -> Void

    /// Makes a case. The id begins with the name of its group.
    init(
        _ id: String, _ rule: String, drivers: [ConformanceDriver] = ConformanceDriver.allCases,
        needs requirement: ConformanceRequirement = .nothing, isDetermined: Bool = true,
        body: @escaping @Sendable (Scene) throws -> Void
    ) {
        self.id = id
        self.rule = rule
        self.group = ConformanceGroup(rawValue: String(id.prefix { $0 != "-" }))
        self.drivers = drivers
        self.requirement = requirement
        self.isDetermined = isDetermined
        self.body = body
    }

    /// The id and the rule.
    public var description: String { "\(id): \(rule)" }
}
