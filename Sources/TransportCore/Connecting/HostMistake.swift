/// What somebody has given in place of the name of a host.
enum HostMistake {
    /// What to try when nobody knows a name because it is none; nil for what may be a name.
    static func advice(for host: String) -> String? {
        let colon = UInt8(ascii: ":")
        if host.utf8.contains(UInt8(ascii: "/")) {
            return "the name alone as the host, without what a URL has besides, and the port as the port"
        }
        if host.utf8.first == UInt8(ascii: "[") {
            return "the address alone as the host, without brackets, and the port as the port"
        }
        if let end = host.utf8.lastIndex(of: colon), host.utf8.firstIndex(of: colon) == end {
            return "the name alone as the host, without the port: host: \(QuotedInput(host[..<end])), port: …"
        }
        return nil
    }
}
