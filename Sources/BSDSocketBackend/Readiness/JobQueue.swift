/// The parts of tasks that a thread is to run, in their order. Only that thread touches it.
///
/// A ring in memory of its own, where an array would look at its count and at who shares it each time: a job passes here in
/// every wait.
struct JobQueue: ~Copyable {
    /// The ring, whose size is a power of two. Those in the queue are initialized; jobs need no deinitialization.
    private var ring = UnsafeMutableBufferPointer<ReactorJob>.allocate(capacity: 256)
    private var start = 0
    private(set) var count = 0

    deinit { ring.deallocate() }

    private var mask: Int { ring.count &- 1 }

    mutating func append(_ job: ReactorJob) {
        if count == ring.count { grow() }
        ring.baseAddress.unsafelyUnwrapped[(start &+ count) & mask] = job
        count &+= 1
    }

    mutating func popFirst() -> ReactorJob? {
        guard let first = self[0] else { return nil }
        start = (start &+ 1) & mask
        count &-= 1
        return first
    }

    /// The job before which there are so many others.
    subscript(_ offset: Int) -> ReactorJob? {
        @inline(__always) get {
            offset < count ? ring.baseAddress.unsafelyUnwrapped[(start &+ offset) & mask] : nil
        }
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutableBufferPointer<ReactorJob>.allocate(capacity: 2 * ring.count)
        for place in 0..<count { larger.initializeElement(at: place, to: ring[(start &+ place) & mask]) }
        ring.deallocate()
        ring = larger
        start = 0
    }
}
