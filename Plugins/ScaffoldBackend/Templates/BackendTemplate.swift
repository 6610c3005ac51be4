extension Scaffold {
    /// The backend.
    var backendTemplate: String {
        #"""
        internal import Dispatch
        public import TransportCore

        /// Where streams and listeners come from. TODO: over what.
        public struct \#(target): Backend {
            /// The family of the addresses.
            public typealias Family = \#(family.name)
            /// The type of the streams.
            public typealias Stream = \#(name)Transport
            /// The type of the listeners.
            public typealias StreamListener = \#(name)Listener

            /// The settings of what this backend makes.
            public let defaults: BackendDefaults

            /// Makes a backend.
            ///
            /// - Parameter defaults: The settings of what it makes. The default is blocking mode and no observer.
            public init(defaults: BackendDefaults = BackendDefaults()) { self.defaults = defaults }

            /// Begins to open a stream, and does not wait.
            public func beginOpen(
                to address: \#(family.name).SocketAddress, options: StreamOptions<\#(family.name)>
            ) throws(TransportError) -> \#(name)Transport {
                throw unwritten(
                    "\#(target).beginOpen", .connect,
                    """
                    return a stream to the address, and have \#(name)Transport.tryEstablish go on with it where that takes \
                    time; throw .connectionRefused where nobody listens
                    """
                )
            }

            /// Begins to listen at an address.
            public func beginListening(
                on address: \#(family.name).SocketAddress, options: ListenerOptions
            ) throws(TransportError) -> \#(name)Listener {
                throw unwritten(
                    "\#(target).beginListening", .listen,
                    "take the address, and return a listener; throw .addressInUse where somebody has it"
                )
            }

            /// Blocks this thread until an instant.
            public func sleep(until instant: Instant) throws(TransportError) {
                let time = DispatchTime(uptimeNanoseconds: UInt64(clamping: instant.nanoseconds))
                _ = DispatchSemaphore(value: 0).wait(timeout: time)
            }

            /// A random number of the system's.
            public func randomNumber() -> UInt64 { .random(in: 0 ... .max) }

            /// The present instant.
            public var now: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }
        }
        """#
    }
}
