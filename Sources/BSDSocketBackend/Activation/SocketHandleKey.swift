internal import TransportCore

/// Asks for the owner of the descriptor below, through whatever layers there are.
enum SocketHandleKey: MetadataKey {
    typealias Value = SocketHandle
}
