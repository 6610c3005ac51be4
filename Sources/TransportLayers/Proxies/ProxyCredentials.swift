/// A user and a password, for a proxy.
public struct ProxyCredentials: Hashable, Sendable, CustomStringConvertible {
    /// The user.
    public var user: String
    /// The password.
    public var password: String

    /// Makes credentials.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// The user alone: what is printed must not give the password away.
    public var description: String { "\(user):…" }
}
