/// Where datagram endpoints come from.
public protocol DatagramBackend<Family>: TimeSource {
    /// The family of the addresses.
    associatedtype Family where Family == Datagrams.Family
    /// The type of the endpoints.
    associatedtype Datagrams: DatagramTransport

    /// Opens an endpoint.
    ///
    /// - Parameters:
    ///   - local: The address of this end, or nil to let the system choose with the first datagram.
    ///   - remote: The peer, or nil for an endpoint without one.
    ///   - options: Settings that are made before binding.
    /// - Throws: ``TransportError/Kind/addressInUse``, ``TransportError/Kind/addressNotAvailable`` and other errors of
    ///   binding or choosing the peer. No endpoint is left open then.
    func openDatagrams(
        boundTo local: Family.SocketAddress?, connectedTo remote: Family.SocketAddress?,
        options: [OptionSetting]
    ) throws(TransportError) -> Datagrams

    /// The settings of what this backend makes.
    var defaults: BackendDefaults { get }
}
