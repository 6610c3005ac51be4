internal import CSockets
internal import TransportCore

/// An option of the contract as the system knows it.
struct SystemOption {
    /// How the system has the value.
    enum Form {
        case flag, count, seconds, linger
    }

    let level: Int32
    let name: Int32
    let form: Form

    /// The system's option for one of the contract, or nil when there is none.
    ///
    /// - Parameters:
    ///   - option: The name of the option.
    ///   - domain: The number of the socket's family: some options have one number for IPv4 and another for IPv6.
    init?(named option: String, domain: Int32) {
        let isIPv6 = domain == AF_INET6
        switch option {
        case TransportOption<Bool>.multicastLoop.name:
            self.init(isIPv6 ? .ipv6MulticastLoop : .ipMulticastLoop, .flag)
        case TransportOption<Int>.multicastHops.name:
            self.init(isIPv6 ? .ipv6MulticastHops : .ipMulticastTimeToLive, .count)
        case TransportOption<Int>.hopLimit.name: self.init(isIPv6 ? .ipv6UnicastHops : .ipTimeToLive, .count)
        case TransportOption<Bool>.noDelay.name: self = .noDelay
        case TransportOption<Bool>.keepAlive.name: self.init(SOL_SOCKET, SO_KEEPALIVE, .flag)
        case TransportOption<Bool>.reuseAddress.name: self.init(SOL_SOCKET, SO_REUSEADDR, .flag)
        case TransportOption<Bool>.reusePort.name: self.init(SOL_SOCKET, SO_REUSEPORT, .flag)
        case TransportOption<Bool>.broadcast.name: self.init(SOL_SOCKET, SO_BROADCAST, .flag)
        case TransportOption<Bool>.v6Only.name: self.init(Int32(IPPROTO_IPV6), IPV6_V6ONLY, .flag)
        case TransportOption<Int>.receiveBufferSize.name: self.init(SOL_SOCKET, SO_RCVBUF, .count)
        case TransportOption<Int>.sendBufferSize.name: self.init(SOL_SOCKET, SO_SNDBUF, .count)
        case TransportOption<Int>.keepAliveProbes.name: self.init(tcp, TCP_KEEPCNT, .count)
        case TransportOption<Duration>.keepAliveIdle.name: self.init(tcp, csockets_keep_idle, .seconds)
        case TransportOption<Duration>.keepAliveInterval.name: self.init(tcp, TCP_KEEPINTVL, .seconds)
        case TransportOption<Duration?>.linger.name: self.init(SOL_SOCKET, SO_LINGER, .linger)
        default: return nil
        }
    }

    private init(_ name: SocketOptionName, _ form: Form) {
        self.init(name.level.rawValue, name.number, form)
    }

    private init(_ level: Int32, _ name: Int32, _ form: Form) {
        self.level = level
        self.name = name
        self.form = form
    }

    /// The option that most sockets are made with, without looking for its name.
    static var noDelay: SystemOption { SystemOption(tcp, TCP_NODELAY, .flag) }

    /// The value as the system wants it.
    func encode(_ value: OptionValue) throws(TransportError) -> [UInt8] {
        switch (form, value) {
        case (.flag, .flag(let flag)): return bytes(of: Int32(flag ? 1 : 0))
        case (.count, .count(let count)):
            guard let number = Int32(exactly: count), number >= 0 else {
                throw .invalidArgument("\(count) is out of range: 0 to \(Int32.max)", operation: .setOption)
            }
            return bytes(of: number)
        case (.seconds, .duration(let duration?)):
            return bytes(of: try seconds(duration, atLeast: 1))
        case (.linger, .duration(let duration?)):
            return bytes(of: linger(l_onoff: 1, l_linger: try seconds(duration, atLeast: 0)))
        case (.linger, .duration(nil)): return bytes(of: linger(l_onoff: 0, l_linger: 0))
        default: throw .invalidArgument("the option does not take the value \(value)", operation: .setOption)
        }
    }

    /// The value from what the system gave.
    func decode(_ bytes: [UInt8]) throws(TransportError) -> OptionValue {
        if form == .linger {
            guard bytes.count >= MemoryLayout<linger>.size else { throw unexpectedSize(bytes) }
            let value = bytes.withUnsafeBytes { $0.loadUnaligned(as: linger.self) }
            return .duration(value.l_onoff == 0 ? nil : .seconds(Int64(value.l_linger)))
        }
        guard bytes.count >= MemoryLayout<Int32>.size else { throw unexpectedSize(bytes) }
        let number = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        switch form {
        case .flag: return .flag(number != 0)
        case .count: return .count(Int(number))
        default: return .duration(.seconds(Int64(number)))
        }
    }

    private func seconds(_ duration: Duration, atLeast minimum: Int32) throws(TransportError) -> Int32 {
        // Rounded up: half a second must not become none. Looking into durations beyond 2^63 seconds traps.
        guard duration >= .zero, duration < .seconds(Int64(Int32.max)), case let (whole, rest) = duration.components,
            let seconds = Int32(exactly: whole), seconds < .max,
            case let rounded = seconds + (rest > 0 ? 1 : 0), rounded >= minimum, rest >= 0
        else {
            throw .invalidArgument(
                "\(duration) is out of range: whole seconds from \(minimum) to \(Int32.max - 1)", operation: .setOption
            )
        }
        return rounded
    }

    private func unexpectedSize(_ bytes: [UInt8]) -> TransportError {
        .unsupported("the system gave \(bytes.count) bytes for the option", operation: .getOption)
    }

    private func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
        withUnsafeBytes(of: value) { [UInt8]($0) }
    }
}

private var tcp: Int32 { Int32(IPPROTO_TCP) }
