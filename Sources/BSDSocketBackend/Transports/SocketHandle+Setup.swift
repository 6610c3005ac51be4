package import TransportCore

extension SocketHandle: SocketBacked {
    /// Itself.
    public var handle: SocketHandle { self }
}

extension SocketHandle {
    /// The address of this end. One system call.
    package func localAddress<Family: SocketFamily>(
        _ family: Family.Type
    ) throws(TransportError) -> Family.SocketAddress {
        try use(.getAddress) { (descriptor) throws(TransportError) in
            var bytes = SocketAddressBytes()
            try check(syscalls.localAddress(descriptor, &bytes), .getAddress)
            return try Family.address(from: bytes)
        }
    }

    /// The address of the peer. One system call.
    package func remoteAddress<Family: SocketFamily>(
        _ family: Family.Type
    ) throws(TransportError) -> Family.SocketAddress {
        try use(.getAddress) { (descriptor) throws(TransportError) in
            var bytes = SocketAddressBytes()
            try check(syscalls.remoteAddress(descriptor, &bytes), .getAddress)
            return try Family.address(from: bytes)
        }
    }

    /// Sets `TCP_NODELAY` on a socket that is being set up. One system call, and no allocation.
    package func setNoDelay() throws(TransportError) {
        let on: Int32 = 1
        let option = SystemOption.noDelay
        let result = withUnsafeBytes(of: on) { syscalls.setOption(descriptor, option.level, option.name, $0) }
        try check(result, .setOption)
    }

    /// Makes settings on a socket that is being set up, in order.
    package func apply(_ settings: [OptionSetting]) throws(TransportError) {
        for setting in settings { try apply(setting) }
    }

    /// Binds a socket that is being set up.
    package func bind<Family: SocketFamily>(
        _ family: Family.Type, to address: Family.SocketAddress
    ) throws(TransportError) {
        let result = syscalls.bind(descriptor, Family.bytes(of: address, domain: domain))
        if result < 0 { throw TransportError(errno: -result, .bind).with(address: address) }
    }

    /// Answers ``TransportCore/DescriptorNumber``.
    package func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        if key == SocketHandleKey.self { return self as? Key.Value }
        if key == WaitingPlaceKey.self { return (self as any WaitingPlace) as? Key.Value }
        guard key == DescriptorNumber.self, !isClosed else { return nil }
        return descriptor as? Key.Value
    }
}
