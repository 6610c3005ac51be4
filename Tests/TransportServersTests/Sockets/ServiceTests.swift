import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportServers

/// The example `HelloServer` as a service, beside programs that nobody here wrote.
@Suite("A service", .serialized)
struct ServiceTests {
    /// Asks for a page over a connection of its own.
    private func get(_ port: UInt16) async throws -> String {
        let connection = try await SocketBackend<IPv4>().connect(to: .loopback(port: port), timeout: patience)
        defer { connection.close() }
        connection.mode = try .timeout(patience)
        try await connection.sendAll("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        var all: [UInt8] = []
        for try await chunk in connection.chunks(atMost: 4096) { all += chunk }
        return String(decoding: all, as: UTF8.self)
    }

    /// The port at the end of what the program says first.
    private func port(of line: String) throws -> UInt16 {
        try #require(line.split(separator: ":").last.flatMap { UInt16($0) }, "\(line)")
    }

    @Test("A restart under load loses no request")
    func restart() async throws {
        let program = try Child(builtProgram("HelloServer"), ["0"])
        let port = try port(of: try await program.readLine())
        let stop = Locked(false)
        let (answers, answered) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    while !stop.withLock({ $0 }) {
                        answered.yield(try await get(port))
                    }
                }
            }
            var process = program.id
            var processes = [process]
            var next = answers.makeAsyncIterator()
            for _ in 0..<3 {
                // Each is to have served somebody before the next one comes.
                while let answer = await next.next(), !answer.contains("process \(process)\n") {
                    #expect(answer.contains("200 OK") && answer.contains("Hello from process"))
                }
                kill(process, SIGHUP)
                // The new one says that it serves; later the old one says that it has finished.
                var serves = false, hasFinished = false
                while !serves || !hasFinished {
                    let line = try await program.readLine()
                    if line.contains("serves") {
                        serves = true
                        process = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int32($0) })
                        processes.append(process)
                    } else {
                        #expect(line.hasSuffix("and cut 0"), "\(line)")
                        hasFinished = true
                    }
                }
            }
            #expect(Set(processes).count == 4)
            stop.withLock { $0 = true }
            try await group.waitForAll()
            answered.finish()
            while let answer = await next.next() {
                #expect(answer.contains("200 OK") && answer.contains("Hello from process"))
            }
            kill(process, SIGTERM)
        }
        #expect(try await program.readToEnd().contains("and cut 0"))
        #expect(try await program.waitForExit() == 0)
        let error = await caught { _ = try await get(port) }
        #expect(error?.kind == .connectionRefused)
    }

    @Test("A successor that does not come up is an error, and the old process goes on")
    func failedSuccessor() async throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let sockets = [try HandedSocket(listener, named: "x")]
        let absent = caught { try Successor("/does/not/exist", taking: sockets) }
        #expect(absent?.kind == .noSuchFile)
        #expect(absent?.explanation.contains("try: check the path of the program") == true)
        let unfit = caught { try Successor("/etc/passwd", taking: sockets) }
        #expect(unfit?.kind == .permissionDenied)
        #expect(unfit?.explanation.contains("may execute") == true)
        let ends = try Successor("/bin/false", taking: sockets)
        let ended = await caught { try await ends.untilReady(timeout: patience) }
        #expect(ended?.kind == .unexpectedEnd)
        #expect(ended?.explanation.contains("connection") == false)
        #expect(ended?.explanation.contains("can go on") == true)
        let sleeps = try Successor("/bin/sleep", arguments: ["1000"], taking: sockets)
        #expect(await caught { try await sleeps.untilReady(timeout: .milliseconds(50)) }?.kind == .timedOut)
        let client = try await SocketBackend<IPv4>().connect(to: try listener.localAddress)
        _ = try await listener.accept(timeout: patience)
        client.close()
        #expect(caught { try HandedSocket(listener, named: "a:b") }?.kind == .invalidArgument)
    }

    @Test("A successor gets exactly the sockets, in order, with their names, and nothing else")
    func whatASuccessorHas() async throws {
        let listeners = try (0..<3).map { _ in try SocketBackend<IPv4>().listen(on: .loopback(port: 0)) }
        let sockets = try listeners.enumerated().map { try HandedSocket($1, named: "s\($0)") }
        let script = """
            import os, socket, sys
            assert int(os.environ["LISTEN_PID"]) == os.getpid(), os.environ["LISTEN_PID"]
            names = os.environ["LISTEN_FDNAMES"]
            ports = [socket.socket(fileno=fd).getsockname()[1] for fd in range(3, 3 + int(os.environ["LISTEN_FDS"]))]
            more = [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 5 and os.path.exists("/proc/self/fd/" + fd)]
            more = [fd for fd in more if os.readlink("/proc/self/fd/" + fd).startswith("socket:")]
            n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            wanted = [int(p) for p in sys.argv[1].split(",")]
            ok = names == "s0:s1:s2" and ports == wanted
            n.sendto(b"STATUS=x\\nREADY=1" if ok else b"STATUS=no", os.environ["NOTIFY_SOCKET"].replace("@", "\\0"))
            """
        let ports = try listeners.map { "\(try $0.localAddress.port)" }.joined(separator: ",")
        let successor = try Successor("/usr/bin/python3", arguments: ["-c", script, ports], taking: sockets)
        try await successor.untilReady(timeout: patience)
        successor.abort()
    }

    /// A program that has `forge` called in other processes, `sayReady` in its own.
    private func forger(_ script: String) -> [String] {
        let functions = """
            import os, socket, sys, time
            address = os.environ["NOTIFY_SOCKET"].replace("@", "\\0")
            def say(text, s=None, address=address):
                (s or socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)).sendto(text, address)
            def forge(body):
                child = os.fork()
                if child == 0:
                    try: body()
                    finally: os._exit(0)
                return child

            """
        return ["-c", functions + script]
    }

    @Test("Only the process itself can say that it is ready, not another one of any user that knows the name")
    func forgedReadiness() async throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        defer { listener.close() }
        let sockets = [try HandedSocket(listener, named: "x")]
        let others = """
            os.waitpid(forge(lambda: say(b"READY=1")), 0)
            if os.getuid() == 0:
                os.waitpid(forge(lambda: (os.setuid(65534), say(b"READY=1"))), 0)
            say(b"STATUS=the others have spoken")
            """
        let silent = try Successor(
            "/usr/bin/python3", arguments: forger(others + "\ntime.sleep(1000)"), taking: sockets)
        #expect(await caught { try await silent.untilReady(timeout: .seconds(1)) }?.kind == .timedOut)
        let ends = try Successor("/usr/bin/python3", arguments: forger(others + "\nsys.exit(7)"), taking: sockets)
        let error = await caught { try await ends.untilReady(timeout: patience) }
        #expect(error?.kind == .unexpectedEnd && (error?.message ?? "").contains("with 7"))
        // What it has said before its end counts, though.
        let speaks = try Successor("/usr/bin/python3", arguments: forger(others + "\nsay(b'READY=1')"), taking: sockets)
        try await speaks.untilReady(timeout: patience)
        let speaksToo = try Successor(
            "/usr/bin/python3", arguments: forger(others + "\nsay(b'READY=1')"), taking: sockets)
        try await inThread { try speaksToo.untilReady(timeout: patience) }
        // One that is not waited for would stay in the system's table.
        for successor in [speaks, speaksToo] { successor.abort() }
    }

    @Test(
        "Another user, who knows what the system tells everyone, cannot send to the socket of the readiness",
        .enabled(if: getuid() == 0, "needs another user")
    )
    func hiddenReadiness() async throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        defer { listener.close() }
        // Ends with the number of addresses that took something, or with 99 when none was found.
        let script = """
            def inode(number):
                try: return os.readlink(f"/proc/{os.getppid()}/fd/{number}")
                except FileNotFoundError: return ""
            # Those of the process of this test alone: others may run on the machine, of another version.
            own = {inode(number) for number in os.listdir(f"/proc/{os.getppid()}/fd")}
            def stranger():
                os.setgroups([]); os.setgid(65534); os.setuid(65534)
                rows = [line.split() for line in open("/proc/net/unix") if "swift-transport-" in line]
                names = [row[7] for row in rows if f"socket:[{row[6]}]" in own]
                names += [folder + "/" + name for folder in set(map(os.path.dirname, names)) if os.access(folder, os.R_OK)
                          for name in os.listdir(folder)]
                took = 0
                for name in names:
                    try: say(b"READY=1", address=name.replace("@", "\\0"))
                    except OSError: continue
                    took += 1
                os._exit(min(took, 98) if names else 99)
            found = os.waitstatus_to_exitcode(os.waitpid(forge(stranger), 0)[1])
            # To the owner of the socket, whatever user it has become.
            os.setgroups([]); os.setgid(65534); os.setuid(65534)
            if found == 0: say(b"READY=1")
            sys.exit(found)
            """
        let successor = try Successor(
            "/usr/bin/python3", arguments: forger(script), taking: [HandedSocket(listener, named: "x")])
        try await successor.untilReady(timeout: patience)
        successor.abort()
    }

    @Test("The address goes away when the successor is ready, as programs end without giving up what they have")
    func addressIsRemoved() async throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        defer { listener.close() }
        let script = """
            assert os.path.exists(address)
            say(b"READY=1")
            listener = socket.socket(fileno=3)
            listener.settimeout(60)  # it is nonblocking
            listener.accept()[0].sendall(address.encode())
            """
        let successor = try Successor(
            "/usr/bin/python3", arguments: forger(script), taking: [HandedSocket(listener, named: "x")])
        try await successor.untilReady(timeout: patience)
        let client = try await SocketBackend<IPv4>().connect(to: try listener.localAddress, timeout: patience)
        defer { client.close() }
        var path: [UInt8] = []
        while let bytes = try await client.receive(atMost: 999, timeout: patience) { path += bytes }
        let address = String(decoding: path, as: UTF8.self)
        let slash = try #require(address.lastIndex(of: "/"))
        #expect(access(address, F_OK) != 0 && access(String(address[..<slash]), F_OK) != 0, "\(address)")
        successor.abort()
    }

    @Test("Who sends without end does not outlast the time that there is")
    func floodOfForgeries() async throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        defer { listener.close() }
        let sockets = [try HandedSocket(listener, named: "x")]
        let flood = """
            def flood():
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                # Ends with the test, whose socket is gone then.
                while True: say(b"READY=1", s)
            for _ in range(2): forge(flood)
            """
        let silent = try Successor(
            "/usr/bin/python3", arguments: forger(flood + "\ntime.sleep(1000)"), taking: sockets)
        #expect(await caught { try await silent.untilReady(timeout: .seconds(1)) }?.kind == .timedOut)
        let speaks = try Successor(
            "/usr/bin/python3", arguments: forger(flood + "\nsay(b'READY=1')"), taking: sockets)
        try await speaks.untilReady(timeout: patience)
        speaks.abort()
    }

    @Test(
        "systemd's activation", .enabled(if: access("/usr/bin/systemd-socket-activate", X_OK) == 0, "needs systemd")
    )
    func systemd() async throws {
        let port = try freePort()
        let activator = try Child(
            "/bin/sh",
            [
                "-c",
                "exec systemd-socket-activate -l 127.0.0.1:\(port) --fdname=http \(builtProgram("HelloServer")) 2>&1",
            ]
        )
        while try await !activator.readLine().contains("Listening on") {}
        #expect(try await get(port).contains("Hello from process \(activator.id)\n"))
        #expect(try await get(port).contains("Hello from process \(activator.id)\n"))
        kill(activator.id, SIGTERM)
        #expect(try await activator.waitForExit() == 0)
    }

    @Test("A service whose listener breaks ends with an error, and does not wait for a signal")
    func brokenListener() async throws {
        // Somebody who has the socket, too, shuts it down.
        let manager = """
            import os, socket, sys, time
            s = socket.socket()
            s.bind(("127.0.0.1", 0))
            s.listen()
            child = os.fork()
            if child == 0:
                os.dup2(s.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
                os.execv(sys.argv[1], [sys.argv[1]])
            client = socket.create_connection(s.getsockname())
            client.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            assert b"Hello" in client.makefile("rb").read()
            s.shutdown(socket.SHUT_RDWR)
            end = time.monotonic() + 20
            while time.monotonic() < end:
                process, status = os.waitpid(child, os.WNOHANG)
                if process: sys.exit(f"it ended with {os.waitstatus_to_exitcode(status)}")
                time.sleep(0.01)
            os.kill(child, 9)
            os.waitpid(child, 0)
            sys.exit("it went on")
            """
        let program = try Child(
            "/bin/sh", ["-c", "exec 2>&1; exec python3 -c \"$0\" \"$1\"", manager, builtProgram("HelloServer")])
        let text = try await program.readToEnd()
        #expect(text.contains("listenerFailed") && text.contains("it ended with 1"), "\(text)")
        try await program.waitForExit()
    }

    @Test("Readiness is told as sd_notify tells it")
    func notify() async {
        await #expect(processExitsWith: .success) {
            guard try !ServiceManager.notify(.ready) else { exit(2) }
            let manager = try SocketBackend<Unix>().datagramSocket(
                boundTo: Unix.SocketAddress(abstractName: "notify-\(getpid())")
            )
            setenv("NOTIFY_SOCKET", "@notify-\(getpid())", 1)
            guard try ServiceManager.notify(.ready, .mainProcess(7)) else { exit(3) }
            guard try await manager.receive(atMost: 99).bytes == Array("READY=1\nMAINPID=7".utf8) else { exit(4) }
            manager.close()
            guard try !ServiceManager.notify(.stopping) else { exit(5) }
            setenv("NOTIFY_SOCKET", "/tmp/there-is-none", 1)
            guard try !ServiceManager.notify(.stopping) else { exit(6) }
        }
    }

    @Test("ab: thousands of requests, none failed", .enabled(if: access("/usr/bin/ab", X_OK) == 0, "needs ab"))
    func ab() async throws {
        let program = try Child(builtProgram("HelloServer"), ["0"])
        let port = try port(of: try await program.readLine())
        for arguments in [["-k"], []] {
            let load = try Child("ab", arguments + ["-q", "-n", "2000", "-c", "100", "http://127.0.0.1:\(port)/"])
            let text = try await load.readToEnd()
            #expect(text.contains("Complete requests:      2000"), "\(text)")
            #expect(text.contains("Failed requests:        0"), "\(text)")
        }
        kill(program.id, SIGTERM)
        #expect(try await program.waitForExit() == 0)
    }
}
