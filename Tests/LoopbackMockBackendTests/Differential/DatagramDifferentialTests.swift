#if canImport(BSDSocketBackend)
import BSDSocketBackend
import Foundation
import LoopbackMockBackend
import Testing
import TransportCore

@Suite("SIM-09: the mock's datagrams do what the kernel's do")
struct DatagramDifferentialTests {
    @Test("SIM-09: UDP over 127.0.0.1", arguments: DatagramScript.udp.indices)
    func udp(_ index: Int) throws {
        let script = DatagramScript.udp[index]
        // Nobody has that address of the loopback network.
        let nobody = IPv4.SocketAddress(IPv4.Address(127, 91, 83, 74), port: 9)
        let addresses: [Character: IPv4.SocketAddress] = [
            "a": .loopback(port: 0), "b": .loopback(port: 0), "c": .loopback(port: 0), "n": nobody,
        ]
        var kernel = try DatagramPlayer(SocketBackend<IPv4>(), addresses)
        var mock = try DatagramPlayer(LoopbackNetwork().backend(for: IPv4.self), addresses)
        #expect(mock.trace(of: script) == kernel.trace(of: script), "\(script.name)")
    }

    @Test("SIM-09: Unix datagrams", arguments: DatagramScript.unix.indices)
    func unix(_ index: Int) throws {
        let script = DatagramScript.unix[index]
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let addresses = Dictionary(
            uniqueKeysWithValues: try "abcns".map { ($0, try Unix.SocketAddress(path: folder.path(String($0)))) }
        )
        var kernel = try DatagramPlayer(SocketBackend<Unix>(), addresses)
        let profile = DatagramProfile(capacity: kernelCapacity(), isReliable: true)
        var mock = try DatagramPlayer(LoopbackNetwork(datagrams: profile).backend(for: Unix.self), addresses)
        #expect(mock.trace(of: script) == kernel.trace(of: script), "\(script.name)")
    }

    @Test("The comparison tells the profiles apart")
    func tellsApart() throws {
        let addresses: [Character: IPv4.SocketAddress] = [
            "a": .loopback(port: 1), "b": .loopback(port: 2), "c": .loopback(port: 3), "n": .loopback(port: 4),
        ]
        let differing = try DatagramScript.udp.filter { script in
            var udp = try DatagramPlayer(LoopbackNetwork().backend(for: IPv4.self), addresses)
            var other = try DatagramPlayer(LoopbackNetwork(datagrams: .unix).backend(for: IPv4.self), addresses)
            return udp.trace(of: script) != other.trace(of: script)
        }
        #expect(differing.count > 5)
    }

    /// How many datagrams this machine's kernel keeps for a Unix endpoint: a setting of the machine's.
    private func kernelCapacity() -> Int {
        let text = try? String(contentsOfFile: "/proc/sys/net/unix/max_dgram_qlen", encoding: .utf8)
        return (text.flatMap { Int($0.filter(\.isNumber)) } ?? 10) + 1
    }
}
#endif
