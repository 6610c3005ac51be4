import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Options of sockets, typed and by number.
@Suite("Options", .ownThread)
struct OptionTests {
    @Test("C-01, C15: flags go on and off, on every kind that has them", arguments: streamKinds)
    func flags(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            for value in [true, false, true] {
                try pair.client.setOption(.keepAlive, to: value)
                #expect(try pair.client.option(.keepAlive) == value)
            }
            guard kind.isTCP else {
                let error = failure { try pair.client.setOption(.noDelay, to: true) }
                #expect(error?.kind == .unsupported)
                #expect(error?.errno == EOPNOTSUPP)
                return
            }
            #expect(try pair.client.option(.noDelay), "on by default")
            #expect(try pair.server.option(.noDelay), "for accepted connections too")
            try pair.client.setOption(.noDelay, to: false)
            #expect(try !pair.client.option(.noDelay))
            let slow = try kind.pair(StreamOptions(noDelay: false), listening: ListenerOptions(noDelay: false))
            #expect(try !slow.client.option(.noDelay))
            #expect(try !slow.server.option(.noDelay))
        }
        try run(kind)
    }

    @Test("M14, C-11: linger goes there and back, rounded up to whole seconds", arguments: streamKinds)
    func linger(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            #expect(try pair.client.option(.linger) == nil)
            for (value, read) in [
                (Duration.zero, Duration.zero), (.seconds(5), .seconds(5)), (.milliseconds(1), .seconds(1)),
            ] {
                try pair.client.setOption(.linger, to: value)
                #expect(try pair.client.option(.linger) == read)
            }
            let raw = try pair.client.transport.rawOption(level: SOL_SOCKET, name: SO_LINGER, maximumLength: 100)
            #expect(raw == [1, 0, 0, 0, 1, 0, 0, 0], "8 bytes, though there was room for more")
            try pair.client.setOption(.linger, to: nil)
            #expect(try pair.client.option(.linger) == nil)
            #expect(failure { try pair.client.setOption(.linger, to: .seconds(-1)) }?.kind == .invalidArgument)
            #expect(failure { try pair.client.setOption(.linger, to: .seconds(Int64.max)) }?.kind == .invalidArgument)
        }
        try run(kind)
    }

    @Test("M30, C-11: a buffer's size is read back doubled, as Linux has it", arguments: streamKinds)
    func bufferSizes(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.setOption(.receiveBufferSize, to: 10000)
            #expect(try pair.client.option(.receiveBufferSize) == 20000)
            try pair.client.setOption(.sendBufferSize, to: 10000)
            #expect(try pair.client.option(.sendBufferSize) == 20000)
            for bad in [-1, Int.min, Int.max, Int(Int32.max) + 1] {
                let error = failure { try pair.client.setOption(.sendBufferSize, to: bad) }
                #expect(error?.kind == .invalidArgument)
                #expect(error?.errno == nil)
            }
            #expect(try pair.client.option(.sendBufferSize) == 20000)
        }
        try run(kind)
    }

    @Test("C15: the probes of a silent peer are set in whole seconds; what cannot be is refused")
    func keepAlive() throws {
        let pair = try TCPv4().pair()
        try pair.client.setOption(.keepAliveIdle, to: .milliseconds(1500))
        #expect(try pair.client.option(.keepAliveIdle) == .seconds(2))
        try pair.client.setOption(.keepAliveInterval, to: .seconds(7))
        #expect(try pair.client.option(.keepAliveInterval) == .seconds(7))
        try pair.client.setOption(.keepAliveProbes, to: 3)
        #expect(try pair.client.option(.keepAliveProbes) == 3)
        for bad in [Duration.zero, .seconds(-1), .seconds(Int64.max)] {
            #expect(failure { try pair.client.setOption(.keepAliveIdle, to: bad) }?.kind == .invalidArgument)
        }
        let error = failure { try pair.client.setOption(.keepAliveProbes, to: 1000) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.errno == EINVAL, "the system's own limit")
    }

    @Test("M13, M14: options by number, as the system has them")
    func raw() throws {
        let pair = try TCPv4().pair()
        let socket = pair.client.transport
        #expect(try socket.rawIntOption(level: SOL_SOCKET, name: SO_TYPE) == 1)
        #expect(try socket.rawOption(level: SOL_SOCKET, name: SO_TYPE, maximumLength: 100).count == 4)
        #expect(try socket.rawOption(level: SOL_SOCKET, name: SO_TYPE, maximumLength: 2).count == 2)
        #expect(try socket.rawOption(level: SOL_SOCKET, name: SO_TYPE, maximumLength: 0) == [])
        try socket.setRawIntOption(level: SOL_SOCKET, name: SO_KEEPALIVE, 1)
        #expect(try pair.client.option(.keepAlive))
        for bad in [-1, 1025, Int.max] {
            let error = failure { try socket.rawOption(level: SOL_SOCKET, name: SO_TYPE, maximumLength: bad) }
            #expect(error?.kind == .invalidArgument)
            #expect(error?.errno == nil)
        }
        #expect(try socket.rawOption(level: SOL_SOCKET, name: SO_LINGER, maximumLength: 1024).count == 8)
        let short = failure { try socket.setRawOption(level: SOL_SOCKET, name: SO_KEEPALIVE, bytes: [1]) }
        #expect(short?.kind == .invalidArgument)
        #expect(short?.operation == .setOption)
    }

    @Test("M14, C16, complaint 56: an option that the system or the library does not have is an error, never a trap")
    func unknown() throws {
        let pair = try TCPv4().pair()
        let error = failure { try pair.client.transport.rawOption(level: SOL_SOCKET, name: 9999) }
        #expect(error?.kind == .unknownOption)
        #expect(error?.errno == ENOPROTOOPT)
        #expect(error?.operation == .getOption)
        #expect(
            failure { try pair.client.transport.setRawIntOption(level: SOL_SOCKET, name: 9999, 1) }?.kind
                == .unknownOption)
        let mine = TransportOption<Bool>(name: "mine")
        #expect(failure { try pair.client.option(mine) }?.kind == .unsupported)
        #expect(failure { try pair.client.setOption(mine, to: true) }?.kind == .unsupported)
        #expect(
            failure { try pair.client.apply(.set(TransportOption<Bool>(name: "linger"), true)) }?.kind
                == .invalidArgument)
        #expect(failure { try pair.client.option(TransportOption<Int>(name: "noDelay")) }?.kind == .unsupported)
        #expect(failure { try pair.client.option(.v6Only) } != nil)
    }

    @Test("C-03: options of listeners and datagram sockets, before and after binding")
    func otherObjects() throws {
        let listener = try SocketBackend<IPv6>().listen(
            on: .loopback(port: 0), options: ListenerOptions(settings: [.set(.receiveBufferSize, 10000)]))
        #expect(try listener.option(.receiveBufferSize) == 20000)
        try listener.setOption(.keepAlive, to: true)
        #expect(try listener.option(.keepAlive))
        let socket = try SocketBackend<IPv4>().datagramSocket(options: [.set(.broadcast, true)])
        #expect(try socket.option(.broadcast))
        #expect(try socket.transport.rawIntOption(level: SOL_SOCKET, name: SO_TYPE) == 2)
    }
}
