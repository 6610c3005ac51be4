internal import COpenSSL
internal import TransportCore

/// The name of a server, as its certificate is to carry it: a host name in ASCII, or an IP address.
///
/// A class: it goes through generic code, to which a reference is a word.
final class TLSPeerName: Sendable {
    /// The name in the form that is sent and verified: a host name of A-labels, in lower case and without a dot at the end,
    /// or an address.
    let text: String
    /// The bytes of an address, 4 or 16; nil for a host name.
    let address: [UInt8]?

    /// Reads a name as a user gives it.
    ///
    /// Letters are put into lower case, labels of other scripts into their ASCII form, one dot at the end is taken away,
    /// as are the brackets and the zone of an IPv6 address.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for what is no name or address. Nothing is guessed: a name that
    ///   OpenSSL would take for "any name" (an empty one, one that begins with a dot) never reaches it.
    init(_ name: String) throws(TransportError) {
        if HostName.isInForm(name) {
            (text, address) = (name, nil)
        } else if let (bytes, text) = try Self.address(name) {
            (self.text, address) = (text, bytes)
        } else {
            (text, address) = (try HostName.ascii(name), nil)
        }
    }

    /// The host name to be sent to the server (SNI); nil for an address, which RFC 6066 does not send.
    var serverName: String? { address == nil ? text : nil }

    private static func address(_ name: String) throws(TransportError) -> (bytes: [UInt8], text: String)? {
        // Hosts seldom begin with a digit, and addresses of version 4 always do.
        if let first = name.utf8.first, (0x30...0x39).contains(first), let address = IPv4.Address(name) {
            return (address.bytes, address.description)
        }
        var inner = Substring(name)
        let isBracketed = name.hasPrefix("[") && name.hasSuffix("]")
        if isBracketed { inner = inner.dropFirst().dropLast() }
        guard inner.contains(":") else {
            guard isBracketed else { return nil }
            throw HostName.refused(name, "only IPv6 addresses have brackets")
        }
        // A certificate knows no zones: fe80::1%eth0 is verified as fe80::1.
        if let zone = inner.firstIndex(of: "%") { inner = inner[..<zone] }
        guard let address = IPv6.Address(String(inner)) else {
            throw HostName.refused(name, "a host name has no colon, and this is no IPv6 address")
        }
        return (address.bytes, address.description)
    }

    /// Tells libssl the name: what it sends, and what the certificate must carry.
    ///
    /// - Throws: What any of the calls refuses. A refusal that was overlooked would mean no verification at all.
    func apply(to ssl: OpaquePointer, verifying: Bool) throws(TransportError) {
        ErrorQueue.clear()
        guard isTaken(by: ssl, verifying: verifying) else {
            throw .openSSL(.invalidArgument, operation: .connect, message: "OpenSSL does not take the name \(text)")
        }
    }

    private func isTaken(by ssl: OpaquePointer, verifying: Bool) -> Bool {
        guard let parameters = SSL_get0_param(ssl) else { return false }
        if let address { return !verifying || X509_VERIFY_PARAM_set1_ip(parameters, address, address.count) == 1 }
        return text.withCString { host in
            copenssl_set_tlsext_host_name(ssl, host) == 1
                && (!verifying || X509_VERIFY_PARAM_set1_host(parameters, host, text.utf8.count) == 1)
        }
    }
}
