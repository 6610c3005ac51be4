import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Closing while somebody is inside, and the descriptor's number afterwards.
@Suite("Descriptor reuse")
struct DescriptorReuseTests {
    @Test("complaint 16, 73: a new socket never gets the bytes of one that was closed in use", arguments: streamKinds)
    func nobodyElsesBytes(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            for _ in 0..<100 {
                let old = try kind.pair()
                old.client.mode = .blocking
                let stop = Flag()
                // A sender that hammers on, also after the close.
                let sender = Worker {
                    let poison = [UInt8](repeating: 0xEE, count: 64)
                    while !stop.isSet { _ = try? old.client.transport.trySend(poison.span.bytes) }
                }
                let reader = Worker { try? old.client.receiveToEnd() }
                old.client.close()
                // These want the number that was just given back.
                let fresh = try (0..<3).map { _ in try kind.pair() }
                stop.set()
                try sender.value()
                _ = try reader.value()
                for pair in fresh {
                    #expect(try !pair.server.wait(for: .readable, timeout: .zero))
                    try pair.client.sendAll("mine")
                    #expect(try pair.server.receive(atMost: 99) == "mine".bytes)
                }
            }
        }
        try run(kind)
    }

    @Test("73: the number is not given back while somebody is inside")
    func keptWhileInside() async {
        await #expect(processExitsWith: .success) { try keepsNumberInItsOwnProcess() }
    }

    @Test("complaint 18, 74: closing twice never closes somebody else's descriptor")
    func doubleClose() async {
        await #expect(processExitsWith: .success) { try closesTwiceInItsOwnProcess() }
    }
}

private func keepsNumberInItsOwnProcess() throws {
    for waking in Waking.allCases {
        for _ in 0..<50 {
            let listener = try TCPv4().listener(syscalls: waking.syscalls)
            listener.mode = .blocking
            let number = listener.descriptor
            let inside = (0..<3).map { _ in Worker { try listener.accept() } }
            for worker in inside { try worker.waitUntilBlocked() }
            listener.close()
            // While there are workers inside, the number must be the listener's or nobody's.
            for worker in inside { #expect(try worker.failure().kind == .closed) }
            try eventually("the last one out has closed the descriptor") { fcntl(number, F_GETFD) < 0 }
        }
    }
}

private func closesTwiceInItsOwnProcess() throws {
    for kind in streamKinds {
        func run(_ kind: some StreamKind) throws {
            for _ in 0..<200 {
                let pair = try kind.pair()
                let number = pair.client.descriptor
                pair.client.close()
                // Somebody else gets the number now.
                let canary = open("/dev/null", O_RDONLY)
                #expect(canary <= number)
                pair.client.close()
                pair.client.abort()
                pair.client.transport.close()
                pair.client.transport.abort()
                #expect(fcntl(canary, F_GETFD) >= 0, "the canary lives")
                close(canary)
            }
        }
        try run(kind)
    }
}
