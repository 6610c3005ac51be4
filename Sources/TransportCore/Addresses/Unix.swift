/// The family of addresses of one machine's own sockets: paths in its file system, and Linux's abstract names.
///
/// It is a name for the type system, as in `SocketBackend<Unix>`; there are no values of it.
/// The corresponding C constant is `AF_UNIX`.
public enum Unix: AddressFamily {}
