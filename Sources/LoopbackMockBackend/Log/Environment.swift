#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Android)
internal import Android
#endif

/// What the environment variables of the process say about networks.
enum Environment {
    /// The seed of networks that are given none (`SWIFT_TRANSPORT_SEED`); nil when there is no such number.
    static let seed: UInt64? = value(of: "SWIFT_TRANSPORT_SEED").flatMap(number)

    /// A number in decimal, or in hexadecimal after `0x`.
    static func number(_ text: String) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }

    fileprivate static func value(of name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// Where the logs of networks go at their ends, besides to whoever asks for them.
enum LogDestination: Equatable {
    case standardError
    case file(String)

    /// What `SWIFT_TRANSPORT_LOG` says: nothing or 0 for nowhere, 1 for standard error, or the path of a file.
    static let chosen: LogDestination? = Environment.value(of: "SWIFT_TRANSPORT_LOG").flatMap(LogDestination.init)

    init?(_ text: String) {
        switch text {
        case "", "0": return nil
        case "1": self = .standardError
        default: self = .file(text)
        }
    }

    /// Writes a log at the end of what is there. Nobody could be told of a failure, which is ignored.
    func write(_ log: EventLog) { write(NetworkLog(log).text) }

    /// Writes text at the end of what is there, like a log.
    func write(_ text: String) {
        var text = text
        switch self {
        case .standardError: Self.write(&text, to: 2)
        case .file(let path):
            // Tests run side by side: appending keeps their logs apart.
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard file >= 0 else { return }
            Self.write(&text, to: file)
            close(file)
        }
    }

    private static func write(_ text: inout String, to file: Int32) {
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty, case let count = writeSome(rest, to: file), count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}

/// The C function, which the type's own functions hide.
private func writeSome(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int {
    write(file, bytes.baseAddress, bytes.count)
}
