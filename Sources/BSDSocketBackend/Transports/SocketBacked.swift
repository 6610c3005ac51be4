internal import CSockets
public import TransportCore

/// Something that has a socket of the system below, with its options: the typed ones of the contract, and the system's
/// own by number.
public protocol SocketBacked: OptionHolder, Sendable {
    /// The owner of the socket's descriptor.
    var handle: SocketHandle { get }
}

extension SocketBacked {
    /// Reads an option of the system as bytes. The corresponding C function is `getsockopt`.
    ///
    /// - Parameters:
    ///   - level: The protocol that has the option (`SOL_SOCKET`, `IPPROTO_TCP` …).
    ///   - name: The option's number.
    ///   - maximumLength: How many bytes to read at most, 0 to 1,024. The default is 64.
    /// - Returns: The bytes that the system gave, which may be fewer.
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption`` and other errors of the system,
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for a length out of range.
    public func rawOption(level: Int32, name: Int32, maximumLength: Int = 64) throws(TransportError) -> [UInt8] {
        guard (0...1024).contains(maximumLength) else {
            throw .invalidArgument(
                "an option of \(maximumLength) bytes cannot be read: give 0 to 1024", operation: .getOption
            )
        }
        return try handle.use(.getOption) { (descriptor) throws(TransportError) in
            var bytes = [UInt8](repeating: 0, count: maximumLength)
            var length = UInt32(maximumLength)
            let result = bytes.withUnsafeMutableBytes {
                handle.syscalls.getOption(descriptor, level, name, $0.baseAddress, &length)
            }
            try handle.check(result, .getOption)
            return [UInt8](bytes.prefix(Int(length)))
        }
    }

    /// Changes an option of the system to some bytes. The corresponding C function is `setsockopt`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption`` and other errors of the system,
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for more than 1 MiB.
    public func setRawOption(level: Int32, name: Int32, bytes: [UInt8]) throws(TransportError) {
        guard bytes.count <= 1 << 20 else {
            throw .invalidArgument(
                "an option of \(bytes.count) bytes is too long: at most 1 MiB", operation: .setOption)
        }
        try handle.use(.setOption) { (descriptor) throws(TransportError) in
            let result = bytes.withUnsafeBytes { handle.syscalls.setOption(descriptor, level, name, $0) }
            try handle.check(result, .setOption)
        }
    }

    /// Reads an option of the system that is a C `int`. The corresponding C function is `getsockopt`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption`` and other errors of the system,
    ///   ``/TransportCore/TransportError/Kind/unsupported`` for an option of fewer bytes.
    public func rawIntOption(level: Int32, name: Int32) throws(TransportError) -> Int32 {
        let bytes = try rawOption(level: level, name: name, maximumLength: MemoryLayout<Int32>.size)
        guard bytes.count == MemoryLayout<Int32>.size else {
            throw .unsupported("the option \(name) of level \(level) is not a number", operation: .getOption)
        }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
    }

    /// Changes an option of the system that is a C `int`. The corresponding C function is `setsockopt`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption`` and other errors of the system.
    public func setRawIntOption(level: Int32, name: Int32, _ value: Int32) throws(TransportError) {
        try setRawOption(level: level, name: name, bytes: withUnsafeBytes(of: value) { [UInt8]($0) })
    }

    /// Changes an option.
    public func apply(_ setting: OptionSetting) throws(TransportError) {
        guard let option = SystemOption(named: setting.name, domain: handle.domain) else {
            throw .unsupported("sockets have no option named \(setting.name)", operation: .setOption)
        }
        try setRawOption(level: option.level, name: option.name, bytes: try option.encode(setting.value))
    }

    /// The present value of an option.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        guard let option = SystemOption(named: name, domain: handle.domain) else {
            throw .unsupported("sockets have no option named \(name)", operation: .getOption)
        }
        return try option.decode(try rawOption(level: option.level, name: option.name))
    }
}
