/// A backend whose addresses are IP addresses and that can turn names into them.
public protocol ResolvingBackend<Family>: Backend where Family == IP {
    /// The type of the resolver.
    associatedtype Names: Resolver
    /// What turns names into addresses for this backend.
    var resolver: Names { get }
}
