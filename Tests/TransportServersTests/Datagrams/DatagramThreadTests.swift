import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("Datagrams served in threads")
struct DatagramThreadTests {
    private typealias Datagram = ServedDatagram<LoopbackDatagrams<IP>>

    /// A server with a socket, and a client of it.
    private func withServer(
        limits: ServerLimits = ServerLimits(), reports: Reports = Reports(), started: Locked<Int> = Locked(0),
        handler: @escaping @Sendable (LoopbackNetwork, Datagram) throws -> Void,
        _ body: (LoopbackNetwork, Server, DatagramSocket<LoopbackDatagrams<IP>>) throws -> Void
    ) throws {
        try LoopbackNetwork.test { network in
            let server = Server(
                limits: limits, report: reports.add,
                startingThreadsWith: { body in
                    started.withLock { $0 += 1 }
                    try network.spawn(body)
                }
            )
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 7))
            let thread = try network.spawn { try server.serve(socket) { try handler(network, $0) } }
            let client = try network.backend(on: "client").datagramSocket(connectedTo: address)
            try body(network, server, client)
            client.close()
            server.stop(within: .seconds(1))
            try thread.join()
            #expect(server.activeCount == 0)
            #expect(socket.isClosed)
        }
    }

    @Test("Each datagram has a thread, which replies to its sender; a slow one holds up nobody")
    func replies() throws {
        try withServer { network, datagram in
            try network.sleep(for: .seconds(Int64(datagram.bytes.first ?? 0)))
            try datagram.reply(datagram.bytes + [0])
        } _: { network, server, client in
            for seconds: UInt8 in [3, 1, 2] { try client.send([seconds]) }
            try client.send([UInt8]())
            for expected: [UInt8] in [[0], [1, 0], [2, 0], [3, 0]] {
                #expect(try client.receive(atMost: 9).bytes == expected)
            }
            #expect(network.seconds == 3, "they were in work at the same time")
        }
    }

    @Test("Datagrams that come one after another start no threads")
    func reuse() throws {
        let started = Locked(0)
        try withServer(started: started) { _, datagram in
            try datagram.reply(datagram.bytes)
        } _: { network, server, client in
            for number: UInt8 in 0..<50 {
                try client.send([number])
                #expect(try client.receive(atMost: 9).bytes == [number])
            }
        }
        #expect(started.withLock { $0 } <= 2)
    }

    @Test("At the limit no more are received, and all come to be in work")
    func limit() throws {
        let peak = Locked((now: 0, most: 0))
        try withServer(limits: ServerLimits(datagrams: 4)) { network, datagram in
            peak.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            try network.sleep(for: .seconds(1))
            peak.withLock { $0.now -= 1 }
            try datagram.reply(datagram.bytes)
        } _: { network, server, client in
            for number: UInt8 in 0..<20 { try client.send([number]) }
            var seen: [UInt8] = []
            for _ in 0..<20 { seen += try client.receive(atMost: 9).bytes }
            #expect(seen.sorted() == Array(0..<20))
            #expect(network.seconds == 5)
        }
        #expect(peak.withLock { $0.most } == 4)
    }

    @Test("What a handler throws is told, and the server goes on")
    func failures() throws {
        let reports = Reports()
        try withServer(reports: reports) { _, datagram in
            if datagram.bytes == [1] { throw TransportError(.invalidState, operation: .send) }
            try datagram.reply(datagram.bytes)
        } _: { _, _, client in
            for number: UInt8 in [1, 2] { try client.send([number]) }
            #expect(try client.receive(atMost: 9).bytes == [2])
        }
        #expect(reports.kinds == [.handlerFailed])
    }

    @Test("Stopping waits for those in work, which still reply; then they can reply no more, and are waited for")
    func stop() throws {
        let reports = Reports()
        let late = Locked<TransportError.Kind?>(nil)
        try withServer(reports: reports) { network, datagram in
            try network.sleep(for: .seconds(Int64(datagram.bytes[0])))
            do throws(TransportError) {
                try datagram.reply(datagram.bytes)
            } catch {
                late.withLock { $0 = error.kind }
                throw error
            }
        } _: { network, server, client in
            for seconds: UInt8 in [2, 200] { try client.send([seconds]) }
            try network.sleep(for: .seconds(1))
            let dropped = try network.spawn {
                try network.sleep(for: .seconds(3))
                try client.send([3])
            }
            #expect(server.stop(within: .seconds(10)) == StopSummary(drained: 1, aborted: 1))
            #expect(network.seconds == 11)
            #expect(try client.receive(atMost: 9).bytes == [2])
            try dropped.join()
        }
        #expect(late.withLock { $0 } == .closed)
        #expect(reports.kinds == [], "what is given up is not told of as a failure")
    }

    @Test("Stopping at the limit ends who waits for a place")
    func stopAtTheLimit() throws {
        let answered = Locked(0)
        try withServer(limits: ServerLimits(datagrams: 1)) { network, datagram in
            try network.sleep(for: .seconds(5))
            try datagram.reply(datagram.bytes)
            answered.withLock { $0 += 1 }
        } _: { network, server, client in
            for number: UInt8 in 0..<3 { try client.send([number]) }
            try network.sleep(for: .seconds(1))
            #expect(server.stop(within: .seconds(1)) == StopSummary(aborted: 1))
        }
        #expect(answered.withLock { $0 } == 0)
    }

    @Test("A socket and a listener share the end of their server")
    func sharedEnd() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { try network.spawn($0) })
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let listener = try network.listen()
            let threads = [
                try network.spawn { try server.serve(socket) { try $0.reply($0.bytes) } },
                try network.spawn { try server.serve(listener, handler: echoInThread) },
            ]
            try network.sleep(for: .seconds(1))
            #expect(server.stop(within: .seconds(9)) == StopSummary())
            for thread in threads { try thread.join() }
            #expect(network.seconds == 1)
            #expect(caught { try server.serve(socket) { _ in } }?.kind == .closed)
        }
    }

    @Test("When no thread can be started, serving ends with that error; one that cannot be at work is made up for")
    func noThread() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { _ in throw TransportError(.outOfResources, operation: .open) })
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            #expect(caught { try server.serve(socket) { _ in } }?.kind == .outOfResources)
            #expect(socket.isClosed)
            #expect(caught { try server.serve(socket, atMost: -1) { _ in } }?.kind == .invalidArgument)
        }
        let reports = Reports()
        try LoopbackNetwork.test { network in
            let started = Locked(0)
            let server = Server(
                report: reports.add,
                startingThreadsWith: { body in
                    let count = started.withLock { count in
                        count += 1
                        return count
                    }
                    if count > 1 { throw TransportError(.outOfResources, operation: .open) }
                    try network.spawn(body)
                }
            )
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 7))
            let thread = try network.spawn { try server.serve(socket) { try $0.reply($0.bytes) } }
            let client = try network.backend(on: "client").datagramSocket(connectedTo: address)
            for number: UInt8 in 0..<3 {
                try client.send([number])
                #expect(try client.receive(atMost: 9).bytes == [number])
            }
            client.close()
            server.stop(within: .seconds(1))
            try thread.join()
        }
        #expect(Set(reports.kinds) == [.acceptPaused])
    }
}
