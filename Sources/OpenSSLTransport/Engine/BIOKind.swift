internal import COpenSSL

/// A kind of BIO: how libssl gets and gives what the engine of a connection has, and never a descriptor.
///
/// Its data is the engine that it belongs to. The engine owns the `SSL`, which owns the BIO: no callback comes after the
/// engine has gone, and so the pointer needs no retaining.
///
/// Sendable: made once and never changed or freed, so that all threads may read it.
struct BIOKind: @unchecked Sendable {
    /// Nil when there was no memory for it, which is told by each engine.
    private let method: OpaquePointer?

    /// Makes a kind.
    ///
    /// - Parameters:
    ///   - name: What it is called in OpenSSL's own reports.
    ///   - setUp: Sets the functions that libssl calls.
    init(_ name: String, _ setUp: (OpaquePointer) -> Void) {
        let type = BIO_get_new_index()
        method = type >= 0 ? BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, name) : nil
        if let method { setUp(method) }
    }

    /// Makes the BIO of an engine; nil when there is no memory for it.
    func make(for engine: TLSEngine) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(engine).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    /// The engine that a BIO belongs to, in a callback.
    @inline(__always)
    static func engine(of bio: OpaquePointer?) -> TLSEngine? {
        bio.flatMap { BIO_get_data($0) }.map { Unmanaged<TLSEngine>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Does something with the engine that a BIO belongs to, in a callback: the engine is in the midst of a step, and lives
    /// as long as that, without being counted.
    @inline(__always)
    static func withEngine(of bio: OpaquePointer?, _ body: (TLSEngine) -> Int32) -> Int32 {
        guard let engine = bio.flatMap({ BIO_get_data($0) }) else { return -1 }
        return Unmanaged<TLSEngine>.fromOpaque(engine)._withUnsafeGuaranteedRef(body)
    }
}
