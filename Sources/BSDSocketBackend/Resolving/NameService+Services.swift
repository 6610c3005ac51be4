internal import CSockets
public import TransportCore

extension NameService {
    /// The port of a service. The corresponding C function is `getservbyname_r`.
    ///
    /// - Parameters:
    ///   - service: The name of the service, such as "http".
    ///   - socketProtocol: The name of the protocol, such as "tcp". The default, nil, is any.
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchService`` when there is none.
    public func port(
        ofService service: String, socketProtocol: String? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> UInt16 {
        try ask(portQuestion(service, socketProtocol), timeout, deadline)
    }

    /// The port of a service. Suspends in place of blocking; otherwise like the blocking form.
    public func port(
        ofService service: String, socketProtocol: String? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> UInt16 {
        try await ask(portQuestion(service, socketProtocol), timeout, deadline)
    }

    /// The name of the service at a port. The corresponding C function is `getservbyport_r`.
    ///
    /// - Parameters:
    ///   - port: The port, from 0 to 65535.
    ///   - socketProtocol: The name of the protocol, such as "tcp". The default, nil, is any.
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchService`` when there is none;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for a number that is no port.
    public func service(
        atPort port: Int, socketProtocol: String? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> String {
        try ask(serviceQuestion(port, socketProtocol), timeout, deadline)
    }

    /// The name of the service at a port. Suspends in place of blocking; otherwise like the blocking form.
    public func service(
        atPort port: Int, socketProtocol: String? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> String {
        try await ask(serviceQuestion(port, socketProtocol), timeout, deadline)
    }

    /// The number of a protocol. The corresponding C function is `getprotobyname_r`.
    ///
    /// - Parameters:
    ///   - name: The name of the protocol, such as "icmp".
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchProtocol`` when there is none.
    public func protocolNumber(
        named name: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> SocketProtocol {
        try ask(protocolQuestion(name), timeout, deadline)
    }

    /// The number of a protocol. Suspends in place of blocking; otherwise like the blocking form.
    public func protocolNumber(
        named name: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> SocketProtocol {
        try await ask(protocolQuestion(name), timeout, deadline)
    }
}

// MARK: - What is asked

extension NameService {
    private func portQuestion(_ service: String, _ name: String?) throws(TransportError) -> Question<UInt16> {
        try Self.check(service, "service name")
        try Self.check(name, "protocol name")
        return Question(subject: service) { () throws(TransportError) in
            try Self.entry(
                { entry in
                    withOptionalCString(name) { name in
                        service.withCString { csockets_service_by_name($0, name, entry) }
                    }
                }, missing: Self.noService(name), { csockets_service_port($0) }
            )
        }
    }

    private func serviceQuestion(_ port: Int, _ name: String?) throws(TransportError) -> Question<String> {
        try Self.check(name, "protocol name")
        guard let number = UInt16(exactly: port) else {
            throw .invalidArgument("\(port) is not a port: give 0 to 65535", operation: .resolve)
        }
        return Question(subject: "port \(number)") { () throws(TransportError) in
            try Self.entry(
                { entry in withOptionalCString(name) { csockets_service_by_port(number, $0, entry) } },
                missing: Self.noService(name), { $0.pointee.service.s_name.map { String(cString: $0) } ?? "" }
            )
        }
    }

    private func protocolQuestion(_ name: String) throws(TransportError) -> Question<SocketProtocol> {
        try Self.check(name, "protocol name")
        return Question(subject: name) { () throws(TransportError) in
            try Self.entry(
                { entry in name.withCString { csockets_protocol_by_name($0, entry) } },
                missing: TransportError(.noSuchProtocol, operation: .resolve).with(message: "protocol not found"),
                { SocketProtocol(rawValue: $0.pointee.protocol.p_proto) }
            )
        }
    }

    private static func noService(_ name: String?) -> TransportError {
        TransportError(.noSuchService, operation: .resolve)
            .with(
                message: name.map { "service/proto not found (\(QuotedInput.bare($0)))" }
                    ?? "service not found for any protocol")
    }

    /// Has C look something up in a table, and makes a value of it before its memory goes away.
    private static func entry<Value>(
        _ lookUp: (UnsafeMutablePointer<CSocketsEntry>) -> Int32, missing: TransportError,
        _ value: (UnsafeMutablePointer<CSocketsEntry>) -> Value
    ) throws(TransportError) -> Value {
        var entry = CSocketsEntry()
        let result = lookUp(&entry)
        if result < 0 { throw TransportError(errno: -result, .resolve) }
        guard result > 0 else { throw missing }
        defer { csockets_entry_free(&entry) }
        return value(&entry)
    }
}
