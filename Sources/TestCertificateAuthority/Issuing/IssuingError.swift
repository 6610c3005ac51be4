/// Why a certificate, a key or a revocation list could not be made.
public struct IssuingError: Error, Hashable, CustomStringConvertible {
    /// What was wrong, and what libcrypto says about it.
    public let description: String

    /// Makes an error from its text.
    public init(_ description: String) { self.description = description }
}
