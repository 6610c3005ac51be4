/// What is to be written.
struct Scaffold {
    /// What names begin with: `Serial` makes `SerialTransport` in the target `SerialBackend`.
    let name: String

    /// The family of the addresses.
    let family: Family

    /// Whether there are a listener and a backend.
    let hasListener: Bool

    /// Whether there are datagrams.
    let hasDatagrams: Bool

    /// The target, and the type of the backend in it.
    var target: String { "\(name)Backend" }

    /// The target of the tests.
    var testTarget: String { "\(name)BackendTests" }

    /// A file, its path beginning in the calling package.
    struct File {
        let path: String
        let text: String
    }

    var files: [File] {
        var files = [
            source("\(name)Transport", transportTemplate), source("Unwritten", unwrittenTemplate),
            test("\(name)ConformanceTests", testsTemplate), test("\(name)Subject", subjectTemplate),
        ]
        if family.isNew { files.append(source(family.name, familyTemplate)) }
        if hasListener {
            files += [source("\(name)Listener", listenerTemplate), source("\(name)Backend", backendTemplate)]
        }
        if hasDatagrams { files.append(source("\(name)Datagrams", datagramsTemplate)) }
        return files
    }

    private func source(_ file: String, _ text: String) -> File {
        File(path: "Sources/\(target)/\(file).swift", text: text)
    }

    private func test(_ file: String, _ text: String) -> File {
        File(path: "Tests/\(testTarget)/\(file).swift", text: text)
    }
}
