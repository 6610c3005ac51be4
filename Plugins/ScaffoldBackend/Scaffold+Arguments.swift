import PackagePlugin

extension Scaffold {
    /// Reads the arguments; nil when help is asked for.
    init?(parsing arguments: [String]) throws {
        var extractor = ArgumentExtractor(arguments)
        if extractor.extractFlag(named: "help") > 0 || arguments.contains("-h") { return nil }
        let names = extractor.extractOption(named: "name")
        let families = extractor.extractOption(named: "family")
        hasDatagrams = extractor.extractFlag(named: "datagrams") > 0
        hasListener = extractor.extractFlag(named: "with-listener") > 0 || hasDatagrams
        guard extractor.remainingArguments.isEmpty else {
            throw Refusal("unknown arguments: \(extractor.remainingArguments.joined(separator: " ")) (see --help)")
        }
        guard let name = names.first, names.count == 1 else {
            throw Refusal("one name is needed: swift package scaffold-backend --name Serial (see --help)")
        }
        guard families.count < 2 else { throw Refusal("a backend has one family: give --family once") }
        try Self.check(name, "--name")
        guard !name.hasSuffix("Backend") || name == "Backend" else {
            throw Refusal("\(name)Backend would be the target: leave the word Backend out of --name")
        }
        guard !Self.takenNames.contains(name) else {
            throw Refusal("--name \(name) would make types or targets that there are already; choose another one")
        }
        self.name = name
        family = Family(name: families.first ?? "IP")
        if family.isNew {
            try Self.check(family.name, "--family")
            let own = ["Backend", "Transport", "Listener", "Datagrams"].map { name + $0 }
            guard !own.contains(family.name), !Self.takenFamilies.contains(family.name) else {
                throw Refusal("--family \(family.name) is the name of another type; choose another one")
            }
        }
    }

    /// Refuses what cannot begin the name of a type.
    private static func check(_ name: String, _ option: String) throws {
        let isName = name.utf8.allSatisfy { byte in
            switch UInt8(byte) {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard isName, let first = name.first, first.isUppercase, name.count <= 60 else {
            throw Refusal(
                """
                \(option) \(name.debugDescription) cannot be the name of a type: it begins with a capital letter from A \
                to Z and goes on with letters and digits, at most 60 in all
                """
            )
        }
    }

    /// Names with which a type or target would be called as one of this package's.
    private static let takenNames: Set = [
        "Any", "BSDSocket", "Backend", "Datagram", "LoopbackMock", "Resolving", "Socket", "Transport",
    ]

    /// Types that the scaffold's own code uses.
    private static let takenFamilies: Set = [
        "AcceptStep", "AddressFamily", "Any", "Atomic", "Backend", "BackendDefaults", "Bool", "Connection",
        "DatagramBackend", "DatagramStep", "DatagramTransport", "Deadline", "DispatchSemaphore", "DispatchTime",
        "Hashable", "Instant", "Int", "Int64", "Listener", "ListenerOptions", "Need", "OptionSetting", "OptionValue",
        "OutputRawSpan", "ProgressStep", "Protocol", "RawSpan", "ReceiveStep", "Self", "SendStep", "Sendable",
        "StaticString", "StreamOptions", "String", "Transport", "TransportError", "TransportFacts",
        "TransportListener", "Type", "UInt", "UInt16", "UInt64",
    ]

    /// What `--help` prints.
    static let usage = """
        OVERVIEW: Begins a new backend in this package: a target that compiles, and tests that say what to write.

        USAGE: swift package scaffold-backend --name <Name> [--family <Family>] [--with-listener] [--datagrams]

        OPTIONS:
          --name <Name>      What the names begin with: Serial makes the target SerialBackend with SerialTransport.
          --family <Family>  The family of its addresses: IP, IPv4, IPv6 or Unix, or the name of a new one, which is
                             scaffolded, too. The default is IP.
          --with-listener    Also a listener and a backend, for transports to connect to and to be accepted from.
          --datagrams        Also datagrams; includes --with-listener.
          --help             Prints this, and does nothing.

        It writes Sources/<Name>Backend and Tests/<Name>BackendTests, and overwrites nothing. What has to be added to
        Package.swift it prints. Writing needs the permission that SwiftPM asks for, or the option

          swift package --allow-writing-to-package-directory scaffold-backend --name <Name>

        Documentation/WritingABackend.md of swift-transport leads from there to tests that pass.
        """
}
