internal import COpenSSL

/// Decides about a peer's certificate: OpenSSL's verification, the checks of this library, and the program's word.
enum CertificateVerifier {
    /// Called by libssl in place of its own verification, which is the first thing that is done here.
    static let callback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { store, _ in
        guard let store, let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let engine = TLSEngine.of(OpaquePointer(ssl))
        else { return 0 }
        return isGood(store, engine) ? 1 : 0
    }

    private static func isGood(_ store: OpaquePointer, _ engine: TLSEngine) -> Bool {
        let settings = engine.context.settings
        if let time = settings.verificationTime { X509_STORE_CTX_set_time(store, 0, Int(time())) }
        var problem: Problem?
        if X509_verify_cert(store) <= 0 {
            // An error without a number must not be taken for none.
            let code = X509_STORE_CTX_get_error(store)
            problem = Problem(code: code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code)
        } else {
            problem = ChainChecks.problem(of: store, settings: settings)
        }
        if let accept = settings.dangerouslyAcceptPeer {
            let isAccepted = accept(presented(store, engine, problem))
            if !isAccepted, problem == nil { problem = Problem(.refusedByProgram, "the program refuses it") }
            return settle(store, engine, isAccepted ? nil : problem)
        }
        if problem == nil, let refuse = settings.refusePeer, let reason = refuse(presented(store, engine, nil)) {
            problem = Problem(.refusedByProgram, reason)
        }
        return settle(store, engine, problem)
    }

    /// Gives libssl the verdict, and the engine what to tell about it.
    private static func settle(_ store: OpaquePointer, _ engine: TLSEngine, _ problem: Problem?) -> Bool {
        X509_STORE_CTX_set_error(store, problem?.code ?? X509_V_OK)
        guard let problem else { return true }
        let own = X509_STORE_CTX_get0_cert(store)
        let subject = X509_STORE_CTX_get_current_cert(store) ?? own
        engine.refusal = CertificateRefusal(
            code: problem.code, depth: X509_STORE_CTX_get_error_depth(store),
            subject: subject.flatMap { try? Certificate(retaining: $0) }?.subject.description ?? "",
            names: own.flatMap { try? Certificate(retaining: $0) }?.alternativeNames.map(\.description) ?? [],
            reason: problem.reason
        )
        return engine.context.verifiesPeer ? false : true
    }

    private static func presented(
        _ store: OpaquePointer, _ engine: TLSEngine, _ problem: Problem?
    ) -> TLSPresentedPeer {
        TLSPresentedPeer(
            certificates: certificates(store),
            chain: Certificate.certificates(of: X509_STORE_CTX_get0_chain(store)), serverName: engine.peerName?.text,
            problem: problem.map { $0.reason ?? String(cString: X509_verify_cert_error_string(Int($0.code))) },
            problemCode: problem?.code ?? X509_V_OK
        )
    }

    /// What the peer sent, its own certificate first.
    private static func certificates(_ store: OpaquePointer) -> [Certificate] {
        let sent = Certificate.certificates(of: X509_STORE_CTX_get0_untrusted(store))
        guard let own = X509_STORE_CTX_get0_cert(store).flatMap({ try? Certificate(retaining: $0) }) else {
            return sent
        }
        return [own] + sent.filter { $0 != own }
    }

    /// What is wrong with a chain.
    struct Problem {
        /// OpenSSL's number for it.
        let code: Int32
        /// In words, where OpenSSL has none that fit.
        var reason: String?

        init(code: Int32, reason: String? = nil) {
            self.code = code
            self.reason = reason
        }

        init(_ rule: Rule, _ reason: String) {
            code = rule.code
            self.reason = reason
        }
    }

    /// Rules that are not OpenSSL's, with the number of OpenSSL's that comes nearest.
    enum Rule {
        case refusedByProgram, noPinnedKey

        var code: Int32 {
            switch self {
            case .refusedByProgram: X509_V_ERR_APPLICATION_VERIFICATION
            case .noPinnedKey: X509_V_ERR_CERT_REJECTED
            }
        }
    }
}
