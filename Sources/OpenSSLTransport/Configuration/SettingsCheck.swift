internal import TransportCore

/// Refuses settings that OpenSSL would take and make something else of, or nothing at all: where somebody has asked for
/// a check, a connection without it would be worse than none.
enum SettingsCheck {
    static func check(_ settings: TLSSettings, for role: TLSConfiguration.Role) throws(TransportError) {
        func require(_ isGood: Bool, _ text: @autoclosure () -> String) throws(TransportError) {
            guard isGood else { throw .invalidArgument(text(), operation: .open) }
        }
        try require(
            (0...5).contains(settings.securityLevel), "security levels are 0 to 5, not \(settings.securityLevel)"
        )
        try require(
            settings.maximumCertificateBytes >= 0,
            "certificates have no \(settings.maximumCertificateBytes) bytes (TLSSettings.maximumCertificateBytes)"
        )
        try require(
            settings.maximumChainDepth >= 0,
            "there are no \(settings.maximumChainDepth) certificates between two (TLSSettings.maximumChainDepth)"
        )
        // C would cut a name there, and OpenSSL takes an empty one of a suite for nothing.
        let lists = [settings.cipherSuites, settings.groups, settings.signatureAlgorithms]
        try require(
            !settings.cipherList.utf8.contains(0) && lists.allSatisfy { $0.allSatisfy(isName) },
            "names of ciphers, groups and signature algorithms are not empty and have no NUL in them"
        )
        guard role == .client, settings.verification == .dangerouslyNone else { return }
        try require(
            settings.pinnedPublicKeys.isEmpty && settings.refusePeer == nil && settings.dangerouslyAcceptPeer == nil,
            "nothing is verified (TLSVerification.dangerouslyNone), so that pinnedPublicKeys, refusePeer and "
                + "dangerouslyAcceptPeer would never refuse anybody: leave the verification on with them; to trust by "
                + "your own rule alone, use dangerouslyAcceptPeer with it"
        )
    }

    private static func isName(_ text: String) -> Bool { !text.isEmpty && !text.utf8.contains(0) }
}
