internal import CSockets

/// The environment of this process, without Foundation.
enum ProcessEnvironment {
    /// Everything that is set, as `name=value`.
    static var all: [String] {
        guard var entry = csockets_environment() else { return [] }
        var all: [String] = []
        while let text = entry.pointee {
            all.append(String(cString: text))
            entry += 1
        }
        return all
    }

    /// The value of a variable, or nil when it is not set.
    static func value(of name: String) -> String? {
        let start = name + "="
        return all.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }
}
