extension Scaffold {
    /// The byte stream.
    var transportTemplate: String {
        #"""
        internal import Dispatch
        internal import Synchronization
        public import TransportCore

        /// A byte stream. TODO: over what.
        ///
        /// One thread may receive while another sends and a third closes: what they share needs a lock. Modes, timeouts and
        /// remembered errors are above, in `Connection`.
        public final class \#(name)Transport: Transport {
            /// The family of the addresses.
            public typealias Family = \#(family.name)

            private let local: \#(family.name).SocketAddress
            private let remote: \#(family.name).SocketAddress
            private let isClosed = Atomic(false)

            init(local: \#(family.name).SocketAddress, remote: \#(family.name).SocketAddress) {
                self.local = local
                self.remote = remote
            }
        \#(hasListener ? "" : connectedPair)
            // MARK: Steps. They do what can be done at once, and never wait.

            /// Receives what is there, into the free capacity of a buffer.
            public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
                if isClosed.load(ordering: .acquiring) { throw .closed(.receive) }
                if buffer.freeCapacity == 0 { return .received(0) }
                throw unwritten(
                    "\#(name)Transport.tryReceive", .receive,
                    """
                    append bytes that have arrived to the buffer and return .received with their number; return \
                    .wouldBlock(.readable) when there are none yet, and .endOfStream when the peer has ended its stream and \
                    everything was received
                    """
                )
            }

            /// Sends as much as there is room for now.
            public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
                if isClosed.load(ordering: .acquiring) { throw .closed(.send) }
                if bytes.isEmpty { return .sent(0) }
                throw unwritten(
                    "\#(name)Transport.trySend", .send,
                    """
                    take bytes from the front and return .sent with their number, from 1 to all; return \
                    .wouldBlock(.writable) when there is no room, and throw .brokenPipe when the peer has closed
                    """
                )
            }

            // There are defaults for everything else, which do nothing or do it in parts: tryEstablish and tryFinish
            // (handshakes), tryShutdownWrite (with the fact halfClose), tryFlush (needsFlush), abort (abortIsVisible), the
            // vectored forms of the two steps (vectored), hasBufferedInput (buffersInput) and query.

            // MARK: Waits. These two alone wait.

            /// Blocks this thread until a need may be met.
            public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
                if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
                throw unwritten(
                    "\#(name)Transport.wait", .wait,
                    """
                    block this thread until a step in a direction of need.interest could do something, and return true; return \
                    false when the deadline passes first, and throw .closed(.wait) as soon as this end is closed; where the \
                    interest is empty, wait until need.notBefore
                    """
                )
            }

            /// Suspends this task until a need may be met.
            public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
                if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
                throw unwritten(
                    "\#(name)Transport.ready", .wait,
                    """
                    do what wait does, without keeping the thread, and throw TransportError(.cancelled, operation: .wait) as \
                    soon as the task is cancelled
                    """
                )
            }

            // MARK: Ending

            /// Releases the stream. Never waits, never fails, and may be repeated.
            public func close() {
                guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
                // TODO: wake whoever waits here, let the peer find the end after what was sent, and release what is below.
            }

            // MARK: Knowledge

            /// The address of this end.
            public var localAddress: \#(family.name).SocketAddress { get throws(TransportError) { local } }

            /// The address of the peer.
            public var remoteAddress: \#(family.name).SocketAddress { get throws(TransportError) { remote } }

            /// What the transport promises. The conformance cases test that it holds, and that nothing else does.
            public var facts: TransportFacts { [.addressesSurviveClose] }

            /// The present instant, of the clock that deadlines here are meant in.
            public var now: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }

            // MARK: Options

            /// Changes an option. TODO: a case for each option, by its name.
            public func apply(_ setting: OptionSetting) throws(TransportError) {
                throw .unsupported("\#(name)Transport has no option named \(setting.name)", operation: .setOption)
            }

            /// The present value of an option. TODO: the same.
            public func optionValue(named name: String) throws(TransportError) -> OptionValue {
                throw .unsupported("\#(name)Transport has no option named \(name)", operation: .getOption)
            }
        }
        """#
    }

    /// What makes two ends where there is no backend to do so.
    private var connectedPair: String {
        #"""

            /// Makes the two ends of a stream: what is sent at one is received at the other.
            public static func connectedPair(
                _ a: \#(family.name).SocketAddress, _ b: \#(family.name).SocketAddress
            ) throws(TransportError) -> (\#(name)Transport, \#(name)Transport) {
                // TODO: connect them, over a real line or in memory.
                (\#(name)Transport(local: a, remote: b), \#(name)Transport(local: b, remote: a))
            }

        """#
    }
}
