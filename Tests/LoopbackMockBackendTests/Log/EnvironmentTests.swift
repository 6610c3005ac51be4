import Foundation
import TestSupport
import Testing
import TransportCore

@testable import LoopbackMockBackend

@Suite("Environment variables")
struct EnvironmentTests {
    @Test("A seed is a number in decimal or hexadecimal")
    func numbers() {
        #expect(Environment.number("5") == 5)
        #expect(Environment.number("18446744073709551615") == .max)
        #expect(Environment.number("0xff") == 255)
        for text in ["", "x", "-1", "0x", "18446744073709551616", "5 "] { #expect(Environment.number(text) == nil) }
    }

    @Test("A log goes nowhere, to standard error, or to a file")
    func destinations() {
        #expect(LogDestination("") == nil)
        #expect(LogDestination("0") == nil)
        #expect(LogDestination("1") == .standardError)
        #expect(LogDestination("logs/network") == .file("logs/network"))
    }

    @Test("The seed of the environment counts where none is given, and logs go to the end of the named file")
    func process() async {
        await #expect(processExitsWith: .success) {
            let path = NSTemporaryDirectory() + "swift-transport-log-\(getpid())"
            setenv("SWIFT_TRANSPORT_SEED", "12", 1)
            setenv("SWIFT_TRANSPORT_LOG", path, 1)
            defer { unlink(path) }
            do {
                #expect(LoopbackNetwork(seed: 13).seed == 13)
                let network = LoopbackNetwork()
                #expect(network.seed == 12)
                _ = try network.serve(on: "cache", port: 1) { $0.send("x") }
            }
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(
                text == """
                    The log of an in-memory network, seed 13. To run it again: SWIFT_TRANSPORT_SEED=13
                    The log of an in-memory network, seed 12. To run it again: SWIFT_TRANSPORT_SEED=12
                    0 s    cache plays scripts at port 1

                    """
            )
        }
    }

    @Test("A log that cannot be written is no reason to fail")
    func unwritable() {
        LogDestination.file("/nowhere/at/all").write(EventLog(seed: 0, realOrigin: nil))
    }
}
