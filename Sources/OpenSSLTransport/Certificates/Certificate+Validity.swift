internal import COpenSSL

extension Certificate {
    /// From when it holds, in seconds since the beginning of 1970, UTC.
    ///
    /// `Int64.max` when the certificate has something there that is no time: it never holds.
    public var notBefore: Int64 { withX509 { Self.seconds(X509_get0_notBefore($0)) ?? .max } }

    /// Until when it holds, the second itself included, in seconds since the beginning of 1970, UTC.
    ///
    /// `Int64.min` when the certificate has something there that is no time: it has always been over.
    public var notAfter: Int64 { withX509 { Self.seconds(X509_get0_notAfter($0)) ?? .min } }

    /// From when it holds, such as `2026-11-26 04:15:29Z`.
    public var notBeforeText: String { withX509 { Self.text(X509_get0_notBefore($0)) } }

    /// Until when it holds, such as `2027-02-24 04:15:29Z`.
    public var notAfterText: String { withX509 { Self.text(X509_get0_notAfter($0)) } }

    /// Whether it holds at a moment.
    ///
    /// - Parameter seconds: Since the beginning of 1970, UTC.
    public func isValid(at seconds: Int64) -> Bool { notBefore <= seconds && seconds <= notAfter }

    /// A time in seconds since the beginning of 1970, UTC; nil when it is none.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time, let beginning = ASN1_TIME_set(nil, 0) else { return nil }
        defer { ASN1_TIME_free(beginning) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, beginning, time) == 1 else {
            ERR_clear_error()
            return nil
        }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    private static func text(_ time: UnsafePointer<ASN1_TIME>?) -> String {
        guard let time, seconds(time) != nil else { return "never (no time is written there)" }
        return MemoryBIO.text { ASN1_TIME_print_ex($0, time, UInt(ASN1_DTFLGS_ISO8601)) }
    }
}
