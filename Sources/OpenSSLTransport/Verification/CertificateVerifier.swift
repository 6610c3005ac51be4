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
        // One moment for the whole chain, and for all attempts.
        X509_STORE_CTX_set_time(store, 0, settings.verificationTime.map { Int($0()) } ?? time(nil))
        X509_STORE_CTX_set_verify_cb(store, Tolerance.callback)
        // Whoever is not verified needs no other way either.
        let detours = engine.context.verifiesPeer ? PathSearch.mostDetours : 0
        var problem = PathSearch.problem(store, mostDetours: detours) {
            guard let chain = VerifiedChain(store, role: engine.context.role, settings: settings) else {
                return CertificateProblem(X509_V_ERR_UNSPECIFIED, "there is no chain")
            }
            return ChainChecks.problem(of: chain)
        }
        if let accept = settings.dangerouslyAcceptPeer {
            let isAccepted = accept(presented(store, engine, problem))
            if !isAccepted, problem == nil { problem = refusedByProgram("the program refuses it") }
            return settle(store, engine, isAccepted ? nil : problem)
        }
        if problem == nil, let refuse = settings.refusePeer, let reason = refuse(presented(store, engine, nil)) {
            problem = refusedByProgram(reason)
        }
        return settle(store, engine, problem)
    }

    private static func refusedByProgram(_ reason: String) -> CertificateProblem {
        CertificateProblem(X509_V_ERR_APPLICATION_VERIFICATION, reason)
    }

    /// Gives libssl the verdict, and the engine what to tell about it.
    private static func settle(_ store: OpaquePointer, _ engine: TLSEngine, _ problem: CertificateProblem?) -> Bool {
        X509_STORE_CTX_set_error(store, problem?.code ?? X509_V_OK)
        guard let problem else { return true }
        let own = X509_STORE_CTX_get0_cert(store).flatMap { try? Certificate(retaining: $0) }
        engine.refusal = CertificateRefusal(problem, of: own)
        return engine.context.verifiesPeer ? false : true
    }

    private static func presented(
        _ store: OpaquePointer, _ engine: TLSEngine, _ problem: CertificateProblem?
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
}
