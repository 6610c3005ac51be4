#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The value of a variable of the environment; nil when it is not set.
public func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
