internal import CSockets
internal import TransportCore

/// A look-up by the system, on the calling thread.
enum AddressLookUp {
    static func perform(_ query: ResolverQuery) -> ResolverPool.Answer {
        do throws(TransportError) {
            return .success(try addresses(for: query))
        } catch {
            return .failure(error.with(address: query.host ?? "this machine"))
        }
    }

    private static func addresses(for query: ResolverQuery) throws(TransportError) -> [IP.SocketAddress] {
        var flags: Int32 = 0
        if query.isPassive { flags |= AI_PASSIVE }
        let service: String
        switch query.service {
        case .port(let port):
            flags |= AI_NUMERICSERV
            service = String(port)
        case .name(let name): service = name
        }
        let family: Int32 =
            switch query.families {
            case .any: AF_UNSPEC
            case .v4: AF_INET
            case .v6: AF_INET6
            }

        var list: UnsafeMutablePointer<addrinfo>?
        var systemError: Int32 = 0
        let code = withOptionalCString(query.host) { host in
            service.withCString { csockets_getaddrinfo(host, $0, family, flags, &list, &systemError) }
        }
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else { throw TransportError(addressInfoCode: code, systemError: systemError) }

        var addresses: [IP.SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let bytes = entry.ai_addr else { continue }
            let raw = UnsafeRawBufferPointer(start: bytes, count: Int(entry.ai_addrlen))
            // An entry of a family that is neither is none of ours.
            guard let address = try? IP.decode(raw), !addresses.contains(address) else { continue }
            addresses.append(address)
        }
        guard !addresses.isEmpty else { throw TransportError(.noAddressForName, operation: .resolve) }
        return addresses
    }

    private static func withOptionalCString<Result>(
        _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }
}

extension TransportError {
    /// The error for an `EAI_*` code.
    init(addressInfoCode code: Int32, systemError: Int32) {
        self.init(
            Kind(addressInfoCode: code), operation: .resolve,
            code: Code(
                domain: .addressInfo, value: code, name: String(cString: csockets_addrinfo_error_name(code)),
                text: String(cString: gai_strerror(code))
            )
        )
        // EAI_SYSTEM alone says nothing: the errno is the reason.
        if systemError != 0 { self = with(underlying: TransportError(errno: systemError, .resolve)) }
    }
}

extension TransportError.Kind {
    /// The kind of an `EAI_*` code.
    init(addressInfoCode code: Int32) {
        switch code {
        case EAI_NONAME: self = .noSuchName
        case EAI_SERVICE: self = .noSuchService
        case EAI_AGAIN: self = .nameServiceUnavailable
        case EAI_FAMILY, EAI_SOCKTYPE: self = .familyNotSupported
        case EAI_MEMORY: self = .outOfResources
        default: self = Self.hasNoAddress.contains(code) ? .noAddressForName : .resolutionFailed
        }
    }

    /// The codes for "the name exists, such an address does not", which not every platform has.
    private static let hasNoAddress: [Int32] = {
        var codes: [Int32] = []
        #if canImport(Glibc)
        codes += [-5, -9]  // EAI_NODATA and EAI_ADDRFAMILY, which the headers show to GNU programs only
        #elseif canImport(Darwin)
        codes += [EAI_NODATA, EAI_ADDRFAMILY]
        #endif
        return codes
    }()
}
