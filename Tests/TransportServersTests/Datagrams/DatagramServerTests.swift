import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("Datagrams served")
struct DatagramServerTests {
    @Test("Each datagram has a handler, which replies to its sender")
    func replies() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 7))
            async let served: Void = server.serve(socket) { datagram in
                try await network.sleep(for: .seconds(Int64(datagram.bytes.first ?? 0)))
                try await datagram.reply(datagram.bytes + [0])
            }
            let client = try network.backend(on: "client").datagramSocket(connectedTo: address)
            for seconds: UInt8 in [3, 1, 2] { try await client.send([seconds]) }
            try await client.send([UInt8]())
            for expected: [UInt8] in [[0], [1, 0], [2, 0], [3, 0]] {
                #expect(try await client.receive(atMost: 9).bytes == expected)
            }
            #expect(network.seconds == 3, "they were in work at the same time")
            client.close()
            await server.stop(within: .seconds(1))
            try await served
        }
    }

    @Test("At the limit no more are received, and none is in work twice")
    func limit() async throws {
        let peak = Locked((now: 0, most: 0))
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(datagrams: 4))
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 7))
            async let served: Void = server.serve(socket) { datagram in
                peak.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                try await network.sleep(for: .seconds(1))
                peak.withLock { $0.now -= 1 }
                try await datagram.reply(datagram.bytes)
            }
            let client = try network.backend(on: "client").datagramSocket(connectedTo: address)
            for number: UInt8 in 0..<20 { try await client.send([number]) }
            var seen: [UInt8] = []
            for _ in 0..<20 { seen += try await client.receive(atMost: 9).bytes }
            #expect(seen.sorted() == Array(0..<20))
            #expect(network.seconds == 5)
            client.close()
            await server.stop(within: .seconds(1))
            try await served
        }
        #expect(peak.withLock { $0.most } == 4)
    }

    @Test("A handler that awaits nothing is served in tasks where tasks serve")
    func synchronousHandler() async throws {
        try await LoopbackNetwork.test { network in
            // A thread would not be known to the network.
            let server = Server(startingThreadsWith: { _ in throw TransportError(.outOfResources, operation: .open) })
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let listener = try network.listen(port: 8)
            async let datagrams: Void = server.serve(socket) { _ in }
            async let connections: Void = server.serve(listener) { _ in }
            async let listeners: Void = server.serve([try network.listen(port: 9)]) { _ in }
            try await network.sleep(for: .seconds(1))
            await server.stop(within: .zero)
            _ = try await (datagrams, connections, listeners)
        }
    }

    @Test("A socket where nothing comes takes no place from the others")
    func sharedLimit() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(datagrams: 1))
            let backend = network.backend(on: "server")
            let (quiet, busy) = (
                try backend.datagramSocket(boundTo: .v4(.any(port: 7))),
                try backend.datagramSocket(boundTo: .v4(.any(port: 8)))
            )
            async let quietly: Void = server.serve(quiet) { _ in }
            try await network.sleep(for: .seconds(1))
            async let busily: Void = server.serve(busy) { try await $0.reply($0.bytes) }
            let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 8))
            let client = try network.backend(on: "client").datagramSocket(connectedTo: address)
            for number: UInt8 in 0..<3 {
                try await client.send([number])
                #expect(try await client.receive(atMost: 9, timeout: .seconds(1)).bytes == [number])
            }
            client.close()
            await server.stop(within: .seconds(1))
            _ = try await (quietly, busily)
        }
    }

    @Test("Stopping waits for those in work, which still reply; the rest is given up")
    func stop() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let socket = try network.backend(on: "server").datagramSocket(boundTo: .v4(.any(port: 7)))
            let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 7))
            async let served: Void = server.serve(socket) { datagram in
                try await network.sleep(for: .seconds(Int64(datagram.bytes[0])))
                try await datagram.reply(datagram.bytes)
            }
            let client = try network.backend(on: "client").datagramSocket(connectedTo: address)
            for seconds: UInt8 in [2, 200] { try await client.send([seconds]) }
            try await network.sleep(for: .seconds(1))
            async let summary = server.stop(within: .seconds(10))
            #expect(try await client.receive(atMost: 9).bytes == [2])
            #expect(await summary == StopSummary(drained: 1, aborted: 1))
            #expect(network.seconds == 11)
            try await served
            #expect(network.seconds == 11)
            client.close()
        }
    }
}
