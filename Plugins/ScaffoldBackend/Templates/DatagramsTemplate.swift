extension Scaffold {
    /// Datagram endpoints, and how the backend opens them.
    var datagramsTemplate: String {
        #"""
        internal import Dispatch
        internal import Synchronization
        public import TransportCore

        /// An endpoint for datagrams. TODO: over what.
        public final class \#(name)Datagrams: DatagramTransport {
            /// The family of the addresses.
            public typealias Family = \#(family.name)

            private let address: \#(family.name).SocketAddress
            private let isClosed = Atomic(false)

            init(at address: \#(family.name).SocketAddress) { self.address = address }

            // MARK: Steps

            /// Receives one datagram.
            public func tryReceive(
                into buffer: inout OutputRawSpan
            ) throws(TransportError) -> DatagramStep<\#(family.name).SocketAddress> {
                if isClosed.load(ordering: .acquiring) { throw .closed(.receive) }
                throw unwritten(
                    "\#(name)Datagrams.tryReceive", .receive,
                    """
                    put the next datagram into the buffer and return .received with what is known of it (what does not fit is \
                    lost and said to be lost); return .wouldBlock(.readable) when there is none
                    """
                )
            }

            /// Sends one datagram, whole.
            public func trySend(
                _ bytes: RawSpan, to address: \#(family.name).SocketAddress?
            ) throws(TransportError) -> SendStep {
                if isClosed.load(ordering: .acquiring) { throw .closed(.send) }
                throw unwritten(
                    "\#(name)Datagrams.trySend", .send,
                    """
                    send all the bytes, also none, to the address or, for nil, to the peer; throw .messageTooLarge for more \
                    than a datagram carries, and .notConnected where there is neither
                    """
                )
            }

            /// Chooses the peer.
            public func connect(to address: \#(family.name).SocketAddress?) throws(TransportError) {
                if isClosed.load(ordering: .acquiring) { throw .closed(.connect) }
                throw unwritten(
                    "\#(name)Datagrams.connect", .connect,
                    "remember the peer, and receive what comes from it alone; for nil there is none again"
                )
            }

            // MARK: Waits

            /// Blocks this thread until a need may be met.
            public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
                if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
                throw unwritten(
                    "\#(name)Datagrams.wait", .wait,
                    "block this thread until a step could do something, as \#(name)Transport.wait does"
                )
            }

            /// Suspends this task until a need may be met.
            public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
                if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
                throw unwritten(
                    "\#(name)Datagrams.ready", .wait,
                    "suspend this task until a step could do something, as \#(name)Transport.ready does"
                )
            }

            // MARK: Ending

            /// Releases the endpoint. Never waits, never fails, and may be repeated.
            public func close() {
                guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
                // TODO: wake whoever waits here, and give the address back.
            }

            // MARK: Knowledge

            /// The address of this end.
            public var localAddress: \#(family.name).SocketAddress { get throws(TransportError) { address } }

            /// The address of the peer of a connected endpoint.
            public var remoteAddress: \#(family.name).SocketAddress {
                get throws(TransportError) {
                    throw unwritten(
                        "\#(name)Datagrams.remoteAddress", .getAddress,
                        "return the peer; throw .notConnected where there is none"
                    )
                }
            }

            /// What the endpoint promises.
            public var facts: TransportFacts { [.preservesBoundaries] }

            /// The present instant.
            public var now: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }
        }

        extension \#(target): DatagramBackend {
            /// Opens an endpoint.
            public func openDatagrams(
                boundTo local: \#(family.name).SocketAddress?, connectedTo remote: \#(family.name).SocketAddress?,
                options: [OptionSetting]
            ) throws(TransportError) -> \#(name)Datagrams {
                throw unwritten(
                    "\#(target).openDatagrams", .open,
                    "take the local address, or a free one for nil, and return an endpoint that is connected to the remote one"
                )
            }
        }
        """#
    }
}
