extension CertificateShape {
    /// From when to when a certificate holds.
    public struct Validity: Hashable, Sendable {
        private enum Form: Hashable, Sendable {
            /// Seconds from the moment of issuing.
            case relative(from: Int64, to: Int64)
            /// Seconds since 1970.
            case absolute(from: Int64, to: Int64)
        }

        private let form: Form

        /// 825 days, the longest that Apple's systems accept of a server's certificate, beginning a day ago.
        public static let usual = days(825)

        /// Ten years, for authorities.
        static let authorityDays = 3650

        /// Some days, beginning a day ago, so that clocks need not agree.
        public static func days(_ days: Int) -> Validity { seconds(from: -day, to: Int64(clamping: days) &* day) }

        /// Ended a day ago.
        public static let expired = seconds(from: -30 * day, to: -day)

        /// Begins in a day.
        public static let notYetValid = seconds(from: day, to: 30 * day)

        /// From some seconds after the moment of issuing to others; negative is before it.
        public static func seconds(from: Int64, to: Int64) -> Validity { Validity(form: .relative(from: from, to: to)) }

        /// From a moment to another, each in seconds since the beginning of 1970, UTC.
        public static func absolute(from: Int64, to: Int64) -> Validity {
            Validity(form: .absolute(from: from, to: to))
        }

        /// Both ends in seconds since 1970, for something that is issued at a moment.
        func bounds(issuedAt now: Int64) -> (notBefore: Int64, notAfter: Int64) {
            switch form {
            case .relative(let from, let to): (now &+ from, now &+ to)
            case .absolute(let from, let to): (from, to)
            }
        }

        private static let day: Int64 = 86_400
    }
}
