/// The bounds between the ranges of ports (`IPPORT_*`).
public enum ReservedPorts {
    /// Below this, systems ask for privileges: 1024. `IPPORT_RESERVED` in C.
    public static let end: UInt16 = 1024

    /// Above this, BSD left ports to servers: 5000. `IPPORT_USERRESERVED` in C.
    public static let userEnd: UInt16 = 5000
}
