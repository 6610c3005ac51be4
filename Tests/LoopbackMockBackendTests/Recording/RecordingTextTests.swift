import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("The text of recordings")
struct RecordingTextTests {
    private let recording = Recording(connections: [
        .init(
            peer: "127.0.0.1:6379",
            events: [
                .init(time: .zero, sender: .client, .bytes(Array("PING\r\n".utf8))),
                .init(time: .nanoseconds(312_045), sender: .server, .bytes(Array("+PONG\r\n$5\r\n\"\\ \t\n".utf8))),
                .init(time: .milliseconds(1500), sender: .server, .bytes(Array(0..<30) + [255])),
                .init(time: .seconds(2), sender: .client, .end),
                .init(time: .seconds(20), sender: .server, .end),
            ]
        ),
        .init(peer: "a \"name\"", events: [.init(time: .seconds(1), sender: .server, .reset)]),
    ])

    @Test("A recording is text that people read")
    func text() {
        #expect(
            recording.text == #"""
                swift-transport recording 1

                connection to "127.0.0.1:6379"
                0 client "PING\r\n"
                0.000312045 server "+PONG\r\n"
                                   "$5\r\n"
                                   "\"\\ \t\n"
                1.5 server hex 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17
                           hex 18 19 1a 1b 1c 1d ff
                2 client ends
                20 server ends

                connection to "a \"name\""
                1 server resets

                """#
        )
    }

    @Test("What was written is read again")
    func roundTrip() throws {
        #expect(try Recording(recording.text) == recording)
        #expect(try Recording(Recording().text) == Recording())
        for count in [1, 2, 71, 72, 73, 5000] {
            var bytes = pattern(count)
            for _ in 0..<2 {
                let one = Recording(connections: [
                    .init(peer: "é", events: [.init(time: .seconds(count), sender: .server, .bytes(bytes))])
                ])
                #expect(try Recording(one.text) == one)
                #expect(one.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 120 + 3 * 72 })
                bytes = bytes.map { 32 + $0 % 95 }
            }
        }
    }

    @Test("Comments, empty lines, other line ends and other spaces change nothing")
    func edited() throws {
        var text = "# by hand\r\n\r\n"
        text += recording.text.split(separator: "\n").map { "\($0)  \r\n# and so on\n" }.joined()
        #expect(try Recording(text) == recording)
        let short = try Recording("swift-transport recording 1\nconnection to \"x\"\n1.25 server \"é\"\n")
        #expect(
            short.connections.first?.events == [
                .init(time: .milliseconds(1250), sender: .server, .bytes([0xC3, 0xA9]))
            ])
    }

    @Test(
        "A text that is no recording says where and why",
        arguments: [
            ("", 1, "empty"), ("\n#\n", 3, "empty"), ("HTTP/1.1", 1, "was expected"),
            ("swift-transport recording 2", 1, "version 2 is not known"),
            ("swift-transport recording ", 1, "was expected"),
            ("@0 client ends", 2, "no connection has begun"), ("@connection x", 2, "\"connection to\""),
            ("@connection to x", 2, "in quotes"), ("@connection to \"x\" y", 2, "is too much"),
            ("@!x client ends", 3, "no time"), ("@!-1 client ends", 3, "no time"), ("@!1. client ends", 3, "no time"),
            ("@!.5 client ends", 3, "no time"), ("@!0.1234567890 client ends", 3, "no time"),
            ("@!9223372036.854775808 client ends", 3, "no time"), ("@!99999999999999999999 client ends", 3, "no time"),
            ("@!1 nobody ends", 3, "\"nobody\""), ("@!1 client", 3, "was expected"), ("@!1", 3, "\"client\" or"),
            ("@!1 client stops", 3, "was expected"), ("@!1 client ends now", 3, "is too much"),
            ("@!1 client \"x", 3, "closing quote"), ("@!1 client \"x\\\"", 3, "closing quote"),
            ("@!1 client \"x\" y", 3, "is too much"), ("@!1 client \"\\", 3, "no such escape"),
            ("@!1 client \"\\q\"", 3, "no such escape"), ("@!1 client \"\\x1\"", 3, "two hexadecimal"),
            ("@!1 client \"\\x+1\"", 3, "two hexadecimal"), ("@!1 client hex 1", 3, "no byte"),
            ("@!1 client hex 00 gg", 3, "no byte"), ("@!1 client hex +1", 3, "no byte"),
            ("@!1 client hex 000", 3, "no byte"), ("@! \"x\"", 3, "go on with"),
            ("@!1 client ends\n \"x\"", 4, "go on with"),
            ("@ \"x\"", 2, "go on with"),
        ]
    )
    func errors(_ text: String, _ line: Int, _ reason: String) {
        let text = text.replacing("@", with: "swift-transport recording 1\n").replacing(
            "!", with: "connection to \"x\"\n")
        do throws(RecordingSyntaxError) {
            _ = try Recording(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.line == line)
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test("No text makes the reader trap: pieces of a good one in any order")
    func hostile() {
        var random = SystemRandomNumberGenerator()
        let characters = Array(recording.text.utf8)
        for _ in 0..<2000 {
            var bytes = characters
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.removeSubrange(0..<index)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            if let read = try? Recording(String(decoding: bytes, as: UTF8.self)) {
                #expect((try? Recording(read.text)) == read)
            }
        }
    }
}
