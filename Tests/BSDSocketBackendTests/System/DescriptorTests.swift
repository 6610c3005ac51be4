import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// What can only be seen where nothing else runs: each of these tests has a process of its own.
@Suite("Descriptors of a process")
struct DescriptorTests {
    @Test("complaint 32, M06: a thousand connections, listeners and sockets leave no descriptor behind")
    func thousand() async {
        await #expect(processExitsWith: .success) { try thousandInItsOwnProcess() }
    }

    @Test("complaint 32, 75, K-08: whatever fails between socket() and the return, the descriptor is closed")
    func failuresWhileOpening() async {
        await #expect(processExitsWith: .success) { try failuresWhileOpeningInItsOwnProcess() }
    }

    @Test("complaint 32, 85: connects that are refused, time out or are given up leave no descriptor behind")
    func failedConnects() async {
        await #expect(processExitsWith: .success) { try failedConnectsInItsOwnProcess() }
    }

    @Test("complaint 60: connections that are accepted and dropped, or cut while accepting, leave none behind")
    func accepted() async {
        await #expect(processExitsWith: .success) { try acceptedInItsOwnProcess() }
    }
}

private func thousandInItsOwnProcess() throws {
    for kind in streamKinds {
        func run(_ kind: some StreamKind) throws {
            _ = try kind.pair()
            let before = try openDescriptorCount()
            for round in 0..<1000 {
                let pair = try kind.pair()
                switch round % 4 {
                case 0: pair.client.close()
                case 1: pair.client.abort()
                case 2: try pair.client.close(timeout: .seconds(1))
                default: break  // dropped
                }
            }
            try expectDescriptors(before)
        }
        try run(kind)
    }
    let before = try openDescriptorCount()
    for waking in Waking.allCases {
        for _ in 0..<500 {
            let backend = SocketBackend<IP>(syscalls: waking.syscalls)
            let listener = try backend.listen(on: .v6(.loopback(port: 0)))
            let socket = try backend.datagramSocket(boundTo: .v4(.loopback(port: 0)))
            listener.close()
            _ = socket
        }
    }
    try expectDescriptors(before)
}

private func failuresWhileOpeningInItsOwnProcess() throws {
    let listener = try SocketBackend<IPv6>().listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let taken = ListenerOptions(reuseAddress: false)
    let bound = StreamOptions<IPv6>(localAddress: .loopback(port: 0), settings: [.set(.keepAlive, true)])
    let before = try openDescriptorCount()
    let calls: [SyscallScript.Call] = [
        .socket, .bind, .listen, .connect, .control, .getOption, .setOption, .getName, .poll,
    ]
    for call in calls {
        for skipped in 0..<3 {
            for mode in [IOMode.blocking, .nonblocking, try .timeout(.seconds(5))] {
                func backend() -> SocketBackend<IPv6> {
                    let script = SyscallScript()
                    for _ in 0..<skipped { script.on(call, .proceed) }
                    script.on(call, .fail(EPERM))
                    return SocketBackend(syscalls: Syscalls(script: script))
                }
                if let client = try? backend().connect(to: address, options: bound, mode: mode) {
                    _ = try? client.establish(timeout: .seconds(5))
                    client.close()
                }
                try? backend().listen(on: .loopback(port: 0), mode: mode).close()
                try? backend().datagramSocket(
                    boundTo: .loopback(port: 0), connectedTo: address, options: [.set(.broadcast, true)]
                ).close()
                try expectDescriptors(before, "\(call) after \(skipped) in \(mode)")
            }
        }
    }
    for _ in 0..<1024 { _ = try? SocketBackend<IPv6>().listen(on: address, options: taken) }
    let options = [OptionSetting(name: "no such option", value: .flag(true))]
    for _ in 0..<20 {
        _ = try? SocketBackend<IPv6>().connect(to: address, options: StreamOptions(settings: options))
        _ = try? SocketBackend<IPv6>().listen(on: .loopback(port: 0), options: ListenerOptions(settings: options))
        _ = try? SocketBackend<IPv6>().datagramSocket(options: options)
    }
    try expectDescriptors(before)
}

private func failedConnectsInItsOwnProcess() throws {
    for kind in streamKinds {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let full = try listener.localAddress
            let dead = try kind.deadAddress()
            let before = try openDescriptorCount()
            for _ in 0..<50 {
                _ = try? kind.backend().connect(to: dead)
                _ = try? kind.backend().connect(to: dead, mode: .blocking)
                _ = try? kind.backend().connect(to: dead, mode: .nonblocking)
                _ = try? kind.backend().connect(to: full, timeout: .milliseconds(1))
                _ = try? kind.backend().connect(to: full, mode: .nonblocking)
            }
            try expectDescriptors(before)
            _ = queued
        }
        try run(kind)
    }
}

private func acceptedInItsOwnProcess() throws {
    let script = SyscallScript()
    let listener = try SocketBackend<IPv4>(syscalls: Syscalls(script: script)).listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let before = try openDescriptorCount()
    for round in 0..<100 {
        let client = try SocketBackend<IPv4>().connect(to: address)
        if round % 2 == 0 { client.abort() }
        script.on(.setOption, .fail(EINVAL))  // TCP_NODELAY of a connection that has gone
        _ = try listener.accept()
    }
    try expectDescriptors(before)
    let queued = try (0..<5).map { _ in try SocketBackend<IPv4>().connect(to: address) }
    try listener.stopAccepting()
    listener.close()
    for client in queued { client.close() }
    try expectDescriptors(before - 1)
}

/// Checks that no more descriptors are open than before.
private func expectDescriptors(
    _ before: Int, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(try openDescriptorCount() <= before, comment, sourceLocation: sourceLocation)
}
