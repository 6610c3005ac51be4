internal import CThreads
internal import Synchronization

/// Where the memory is that the user of a socket will use again, besides that of its task.
///
/// With a thousand connections, memory has left the processor's nearest caches when its connection's turn comes, and getting it
/// back line by line takes longer than using it. A reactor's thread knows whose turn is next while another task runs, so it has
/// the processor fetch ahead. The addresses are only fetched, and never read: memory that is gone does no harm.
struct Footprint: ~Copyable {
    /// Where bytes were received last.
    private let buffer = Atomic<UInt>(0)
    private let connection = Atomic<UInt>(0)
    private let transport = Atomic<UInt>(0)

    /// Takes note of where bytes are about to be received.
    @inline(__always)
    func note(buffer memory: UnsafeRawPointer?) { buffer.store(UInt(bitPattern: memory), ordering: .relaxed) }

    /// Takes note of the connection that is used.
    func note(connection: AnyObject) { self.connection.store(Self.address(of: connection), ordering: .relaxed) }

    /// Takes note of the transport whose socket it is.
    func note(transport: AnyObject) { self.transport.store(Self.address(of: transport), ordering: .relaxed) }

    /// Has the processor fetch the memory.
    @inline(__always)
    func fetch() {
        // Of an array, the count and the capacity are used, too, which come before its bytes.
        cthreads_fetch(buffer.load(ordering: .relaxed) &- 32, 2)
        cthreads_fetch(connection.load(ordering: .relaxed), 2)
        cthreads_fetch(transport.load(ordering: .relaxed), 1)
    }

    private static func address(of object: AnyObject) -> UInt {
        UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())
    }
}

extension Unmanaged<SocketHandle> {
    /// Has the processor fetch the handle.
    @inline(__always)
    func fetch() { cthreads_fetch(UInt(bitPattern: toOpaque()), 3) }

    /// Has the processor fetch what waits for the socket, when the handle itself has come.
    @inline(__always)
    func fetchWaiter() {
        cthreads_fetch(UInt(bitPattern: _withUnsafeGuaranteedRef { $0.ownWaiter?.toOpaque() }), 2)
    }
}
