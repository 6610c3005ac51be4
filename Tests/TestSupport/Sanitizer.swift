#if canImport(Glibc)
internal import Glibc

/// The sanitizers of the compiler (`Scripts/sanitize`).
public enum Sanitizer {
    /// Whether this program is built with one, which has its runtime in it then.
    public static let isThere = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
#endif
