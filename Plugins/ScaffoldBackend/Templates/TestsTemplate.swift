extension Scaffold {
    /// The tests: every rule of the contract.
    var testsTemplate: String {
        #"""
        import Testing
        import TransportConformance

        @Suite("Conformance of \#(target)")
        struct \#(name)ConformanceTests {
            @Test("keeps the contract", arguments: ConformanceSuite.cases)
            func keepsTheContract(_ conformanceCase: ConformanceCase) throws {
                try ConformanceSuite(subject).run(conformanceCase)
            }
        }
        """#
    }

    /// What the tests are run on.
    var subjectTemplate: String {
        #"""
        import \#(target)
        import Synchronization
        import TransportConformance
        import TransportCore

        /// What the conformance cases are run on. It is prepared for every case anew.
        let subject = ConformanceSubject("\#(name)") {
        \#(hasListener ? bench : pairBench)
        }

        private let addressCount = Atomic<Int>(0)

        /// An address that nobody uses.
        private func freshAddress() throws -> \#(family.name).SocketAddress {
            let number = addressCount.add(1, ordering: .relaxed).newValue
            return \#(family.freshAddress)
        }
        """#
    }

    private var pairBench: String {
        #"""
            ConformanceBench {
                let (a, b) = try \#(name)Transport.connectedPair(freshAddress(), freshAddress())
                return ConformancePair(a, b)
            }
        """#
    }

    private var bench: String {
        guard hasDatagrams else {
            return #"""
                    ConformanceBench(\#(target)(), deadAddress: { try freshAddress() }) { try freshAddress() }
                """#
        }
        return #"""
                let backend = \#(target)()
                var bench = ConformanceBench(backend, deadAddress: { try freshAddress() }) { try freshAddress() }
                bench.offerDatagrams(of: backend) { try freshAddress() }
                return bench
            """#
    }
}
