internal import CSockets
internal import TransportCore

extension TransportError {
    /// The error for an `EAI_*` code.
    init(addressInfoCode code: Int32, systemError: Int32) {
        self.init(
            Kind(addressInfoCode: code).made(moreExact: systemError), operation: .resolve,
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
    /// The kind of a failure that the system's error behind it tells more exactly: this process lacks something.
    fileprivate func made(moreExact systemError: Int32) -> Self {
        guard self == .resolutionFailed, systemError > 0 else { return self }
        let kind = Self(errno: systemError)
        return kind == .tooManyOpenFiles || kind == .outOfResources ? kind : self
    }

    /// The kind of an `EAI_*` code.
    init(addressInfoCode code: Int32) {
        switch code {
        case EAI_NONAME: self = .noSuchName
        case EAI_SERVICE: self = .noSuchService
        case EAI_AGAIN: self = .nameServiceUnavailable
        case EAI_FAMILY, EAI_SOCKTYPE: self = .familyNotSupported
        case EAI_MEMORY: self = .outOfResources
        default:
            let none = [AddressInfoErrorCode.noData?.rawValue, AddressInfoErrorCode.addressFamily?.rawValue]
            self = none.contains(code) ? .noAddressForName : .resolutionFailed
        }
    }
}

extension TransportError {
    /// The error for an `h_errno` code.
    init(hostCode code: Int32, systemError: Int32) {
        self.init(
            Kind(hostCode: code).made(moreExact: systemError), operation: .resolve,
            code: Code(
                domain: .hostLookup, value: code, name: String(cString: csockets_host_error_name(code)),
                text: String(cString: csockets_host_error_text(code))
            )
        )
        if systemError > 0 { self = with(underlying: TransportError(errno: systemError, .resolve)) }
    }
}

extension TransportError.Kind {
    /// The kind of an `h_errno` code.
    init(hostCode code: Int32) {
        switch HostLookUpErrorCode(rawValue: code) {
        case .hostNotFound: self = .noSuchName
        case .tryAgain: self = .nameServiceUnavailable
        case .noData: self = .noAddressForName
        default: self = .resolutionFailed
        }
    }
}
