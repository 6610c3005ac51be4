import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Taking no further connections, and those that are queued.
@Suite("Stopping to accept", .ownThread)
struct StopAcceptingTests {
    @Test("what is queued can still be accepted, in order, and everybody else is refused", arguments: streamKinds)
    func queue(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let address = try listener.localAddress
            let clients = try (0..<5).map { _ in try kind.backend().connect(to: address) }
            for (index, client) in clients.enumerated() { try client.sendAll([UInt8(index)]) }
            try listener.stopAccepting()
            try listener.stopAccepting()
            #expect(failure { try kind.backend().connect(to: address) }?.kind == .connectionRefused)
            for index in 0..<5 {
                #expect(try listener.waitForConnection(timeout: .zero))
                #expect(try listener.accept().receive(atMost: 9) == [UInt8(index)])
            }
            for mode in [IOMode.blocking, .nonblocking, try .timeout(.seconds(600))] {
                listener.mode = mode
                #expect(failure { try listener.accept() }?.kind == .closed)
            }
            #expect(!listener.isClosed)
            listener.close()
        }
        try run(kind)
    }

    @Test("whoever is blocked in accept learns of it", arguments: Waking.allCases)
    func blockedAccept(_ waking: Waking) throws {
        for kind in streamKinds {
            func run(_ kind: some StreamKind) throws {
                let listener = try kind.listener(syscalls: waking.syscalls)
                listener.mode = .blocking
                let accepters = (0..<3).map { _ in Worker { try listener.accept() } }
                for accepter in accepters { try accepter.waitUntilBlocked() }
                try listener.stopAccepting()
                for accepter in accepters { #expect(try accepter.failure().kind == .closed) }
            }
            try run(kind)
        }
    }

    @Test("closing afterwards cuts what was kept", arguments: streamKinds)
    func closeAfterwards(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let client = try kind.backend().connect(to: listener.localAddress)
            try listener.stopAccepting()
            listener.close()
            let outcome = Result { try client.receive(atMost: 9) }
            switch outcome {
            case .success(let bytes): #expect(bytes == nil)
            case .failure(let error): #expect((error as? TransportError)?.kind == .connectionReset)
            }
            #expect(failure { try listener.accept() }?.kind == .closed)
        }
        try run(kind)
    }

    @Test(
        "when it fails for want of descriptors, no connection is lost and the listener goes on", arguments: streamKinds)
    func outOfDescriptors(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let script = SyscallScript()
            let listener = try kind.listener(syscalls: Syscalls(script: script))
            let clients = try (0..<3).map { _ in try kind.backend().connect(to: listener.localAddress) }
            script.on(.accept, .proceed, .fail(EMFILE))
            #expect(failure { try listener.stopAccepting() }?.kind == .tooManyOpenFiles)
            for client in clients {
                try client.sendAll("x")
                let server = try listener.accept(timeout: .seconds(1))
                #expect(try server.receive(atMost: 9) == "x".bytes)
            }
        }
        try run(kind)
    }

    @Test("a race between connecting and stopping gives each client an answer", arguments: streamKinds)
    func race(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            for _ in 0..<20 {
                let listener = try kind.listener()
                let address = try listener.localAddress
                let backend = try kind.backend()
                let clients = Worker {
                    var connected = [try backend.connect(to: address)]
                    for _ in 0..<50 {
                        guard let next = try? backend.connect(to: address) else { break }
                        connected.append(next)
                    }
                    return connected
                }
                let first = try listener.accept()
                try listener.stopAccepting()
                var served = [first]
                while let next = try? listener.accept() { served.append(next) }
                for server in served { server.close() }
                listener.close()
                for client in try clients.value() {
                    // A client whose handshake the system drops half-way thinks that it is connected until it sends.
                    _ = try? client.send([1])
                    let answer = Result { try client.receive(atMost: 1) }
                    if case .failure(let error) = answer {
                        #expect((error as? TransportError)?.kind == .connectionReset)
                    }
                }
            }
        }
        try run(kind)
    }
}
