import Testing
import TestSupport
import TransportCore
import TransportLayers

@Suite("Headers of the PROXY protocol")
struct HeaderTests {
    private let source = EndpointAddress.ip(.v4(IPv4.SocketAddress(IPv4.Address(192, 0, 2, 1), port: 56324)))
    private let destination = EndpointAddress.ip(.v4(IPv4.SocketAddress(IPv4.Address(198, 51, 100, 7), port: 443)))
    private let source6 = EndpointAddress.ip(
        .v6(IPv6.SocketAddress(IPv6.Address(high: 0x2001_0DB8 << 32, low: 1), port: 1)))

    private static func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

    @Test("A header is written as the specification has it")
    func writing() throws {
        var header = ProxyProtocolHeader(source: source, destination: destination, version: .v1)
        #expect(try header.bytes() == Self.bytes("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"))
        header.version = .v2
        #expect(
            try header.bytes() == [
                0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12, 192, 0, 2, 1,
                198, 51, 100, 7, 0xDC, 0x04, 0x01, 0xBB,
            ])
        header.addresses?.source = source6
        header.version = .v1
        #expect(try header.bytes() == Self.bytes("PROXY TCP6 2001:db8::1 ::ffff:198.51.100.7 1 443\r\n"))
        #expect(try ProxyProtocolHeader(version: .v1).bytes() == Self.bytes("PROXY UNKNOWN\r\n"))
        #expect(try ProxyProtocolHeader.local.bytes().suffix(4) == [0x20, 0, 0, 0])
    }

    @Test("What cannot be written is an error that says so")
    func unwritable() throws {
        let fields = [ProxyProtocolField(.alpn, "h2".utf8)]
        let mixed = ProxyProtocolHeader(source: source, destination: .unix(try Unix.SocketAddress(path: "/x")))
        let cases: [ProxyProtocolHeader] = [
            ProxyProtocolHeader(source: source, destination: destination, version: .v1, fields: fields),
            ProxyProtocolHeader(version: .v1, isLocal: true), mixed,
            ProxyProtocolHeader(fields: [ProxyProtocolField(.uniqueID, [UInt8](repeating: 1, count: 129))]),
            ProxyProtocolHeader(fields: [ProxyProtocolField(.alpn, [UInt8](repeating: 1, count: 65535))]),
        ]
        for header in cases { #expect(caught { try header.bytes() }?.kind == .invalidArgument) }
    }

    @Test("What is written is read again, also with a checksum and fields")
    func roundTrip() throws {
        let tls = ProxyProtocolTLS(
            gaveCertificate: true, isVerified: true, version: "TLSv1.3", commonName: "client", cipher: "AES")
        let fields = [
            ProxyProtocolField(.alpn, "h2".utf8), ProxyProtocolField(.authority, "example.org".utf8),
            ProxyProtocolField(.uniqueID, [1, 2, 3]), ProxyProtocolField(.networkNamespace, "blue".utf8), .tls(tls),
            ProxyProtocolField(ProxyProtocolField.Kind(rawValue: 0xE3), []),
        ]
        let unix = EndpointAddress.unix(try Unix.SocketAddress(path: "/run/app.sock"))
        let abstract = EndpointAddress.unix(try Unix.SocketAddress(abstractName: "name"))
        for (a, b) in [(source, destination), (source6, source6), (unix, abstract)] {
            for checksum in [false, true] {
                let header = ProxyProtocolHeader(source: a, destination: b, fields: fields)
                let bytes = try header.bytes(withChecksum: checksum)
                let rest: [UInt8] = [9, 9, 9]
                guard case .header(let read, let count) = try ProxyProtocolHeader.read(bytes + rest) else {
                    Issue.record("no header")
                    continue
                }
                #expect(count == bytes.count)
                #expect(read == header)
                #expect(read.alpn == "h2")
                #expect(read.authority == "example.org")
                #expect(read.uniqueID == [1, 2, 3])
                #expect(read.networkNamespace == "blue")
                #expect(read.tls == tls)
            }
        }
    }

    @Test(
        "Text that is nearly a header is refused",
        arguments: [
            "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n", "PROXY TCP4  192.0.2.1 198.51.100.7 1 2\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 056 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 +1 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 1 443 \r\n",
            "PROXY TCP6 192.0.2.1 198.51.100.7 1 443\r\n", "PROXY TCP4 ::1 ::1 1 443\r\n",
            "PROXY TCP4 192.0.2.01 198.51.100.7 1 443\r\n", "PROXY TCP5 192.0.2.1 198.51.100.7 1 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 1 443\nGET /", "PROXY tcp4 192.0.2.1 198.51.100.7 1 443\r\n",
            "PROXY TCP4 localhost 198.51.100.7 1 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 1 443\rX\n.............",
            "PROXY UNKNOWN " + String(repeating: "x", count: 100) + "\r\n",
        ])
    func strictText(_ text: String) throws {
        let error = caught { try ProxyProtocolHeader.read(Self.bytes(text)) }
        #expect(error?.kind == .proxyHeaderInvalid)
        #expect(error?.message.contains("PROXY header") == true)
    }

    @Test("Binary that is nearly a header is refused")
    func strictBinary() throws {
        let good = try ProxyProtocolHeader(source: source, destination: destination).bytes()
        func changed(_ index: Int, _ byte: UInt8) -> [UInt8] {
            var bytes = good
            bytes[index] = byte
            return bytes
        }
        let sum = try ProxyProtocolHeader(source: source, destination: destination).bytes(withChecksum: true)
        var damaged = sum
        damaged[17] ^= 1
        let fieldTooLong = Array(good[..<15]) + [15] + good[16...] + [1, 0, 9]
        let tooLarge = Array(good[..<14]) + [0x10, 0x01]
        let bad = [
            changed(12, 0x11), changed(12, 0x22), changed(13, 0x41), changed(13, 0x13), changed(15, 11), damaged,
            fieldTooLong,
            tooLarge,
        ]
        for bytes in bad {
            #expect(caught { try ProxyProtocolHeader.read(bytes) }?.kind == .proxyHeaderInvalid, "\(bytes)")
        }
    }

    @Test("Other first bytes are no header, at the first byte that differs")
    func none() throws {
        for text in ["G", "PROXX", "\r\n\r\n\u{0}\r\nX", "PROXY\r\n", "SSH-2.0"] {
            #expect(try ProxyProtocolHeader.read(Self.bytes(text)) == .none)
        }
        #expect(try ProxyProtocolHeader.read([]) == .incomplete(atLeast: 15))
    }

    @Test("Whoever reads as much as is asked for takes no byte behind the header, in few steps")
    func exact() throws {
        let headers = [
            try ProxyProtocolHeader(source: source, destination: destination, version: .v1).bytes(),
            try ProxyProtocolHeader(source: source6, destination: source6, version: .v1).bytes(),
            Self.bytes("PROXY UNKNOWN\r\n"), Self.bytes("PROXY UNKNOWN ffff:f...f:ffff ffff 1 2\r\n"),
            try ProxyProtocolHeader(source: source, destination: destination).bytes(withChecksum: true),
            try ProxyProtocolHeader.local.bytes(),
        ]
        for header in headers {
            let stream = header + Self.bytes("PROXY TCP4 GET / \r\n\r\n")
            var received: [UInt8] = []
            var steps = 0
            reading: while true {
                switch try ProxyProtocolHeader.read(received) {
                case .none:
                    Issue.record("no header")
                    break reading
                case .header(_, let count):
                    #expect(count == header.count)
                    #expect(received.count == header.count)
                    break reading
                case .incomplete(let count):
                    received += stream[received.count..<received.count + count]
                    steps += 1
                }
            }
            #expect(steps <= 24)
        }
    }

    @Test("Damaged headers never trap, and read the same at once and byte by byte", arguments: [1, 2, 3] as [UInt64])
    func fuzz(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tls = ProxyProtocolField.tls(ProxyProtocolTLS(version: "TLSv1.2", commonName: "c"))
        let unix = EndpointAddress.unix(try Unix.SocketAddress(path: "/run/x"))
        let seeds = [
            try ProxyProtocolHeader(source: source, destination: destination, version: .v1).bytes(),
            try ProxyProtocolHeader(source: source6, destination: source6, version: .v1).bytes(),
            try ProxyProtocolHeader(source: source, destination: destination, fields: [tls]).bytes(withChecksum: true),
            try ProxyProtocolHeader(source: source6, destination: source6, fields: [tls]).bytes(),
            try ProxyProtocolHeader(source: unix, destination: unix).bytes(), try ProxyProtocolHeader.local.bytes(),
        ]
        var outcomes: [String: Int] = [:]
        for _ in 0..<3000 {
            var bytes = seeds.randomElement(using: &random)! + [1, 2, 3]
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert([13, 10, 32, 48, 0, 255].randomElement(using: &random)!, at: index)
                default: bytes.removeSubrange(index...)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let whole = Result { try ProxyProtocolHeader.read(bytes) }
            // Byte by byte, the first answer that is not "more" counts.
            var part: Result<ProxyProtocolHeader.Reading, any Error> = .success(.incomplete(atLeast: 1))
            for count in 0...bytes.count {
                part = Result { try ProxyProtocolHeader.read(Array(bytes.prefix(count))) }
                if case .success(.incomplete(let more)) = part {
                    #expect(more >= 1)
                } else {
                    break
                }
            }
            switch (whole, part) {
            case (.success(let a), .success(let b)):
                #expect(a == b)
                if case .header(_, let count) = a { #expect(count <= bytes.count) }
                outcomes[a == .none ? "none" : "read", default: 0] += 1
            case (.failure(let a as TransportError), .failure(let b as TransportError)):
                #expect(a.kind == .proxyHeaderInvalid && b.kind == .proxyHeaderInvalid)
                outcomes["refused", default: 0] += 1
            default: Issue.record("\(bytes): at once \(whole), byte by byte \(part)")
            }
        }
        #expect(outcomes.count == 3, "the mutations reach everything: \(outcomes)")
    }
}
