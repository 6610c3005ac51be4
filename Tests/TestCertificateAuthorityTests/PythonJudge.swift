import TestCertificateAuthority
import TestSupport

/// What is put before Python's `ssl` and the system's libssl.
struct Trial {
    /// What the server has.
    var chain: String
    var key: String
    var password = ""
    /// What the client trusts, and the name that it calls.
    var root: String
    var host = "localhost"
    /// Lists of revoked certificates for the client; it looks at them when there are any.
    var revocationLists = ""
    /// What a client has to show, and what the server then trusts.
    var client: IssuedCertificate?

    init(_ certificate: IssuedCertificate, root: IssuedCertificate? = nil) {
        chain = certificate.chainPEM
        key = certificate.keyPEM
        self.root = root?.pem ?? certificate.rootPEM
    }

    fileprivate var fields: [String] {
        [
            chain, key, password, root, host, revocationLists, client?.chainPEM ?? "", client?.keyPEM ?? "",
            client?.rootPEM ?? "",
        ]
    }
}

/// Python's `ssl`, which makes a whole handshake in memory for each trial.
final class PythonJudge {
    private let python: ChildProcess

    init() throws { python = try ChildProcess.python(Self.script) }

    /// "accepted", or the number of libssl's verdict (X509_V_ERR_…), or its reason.
    func verdict(_ trial: Trial) throws -> String {
        python.writeLine(trial.fields.map(Self.hexadecimal).joined(separator: ","))
        return try python.readLine()
    }

    private static func hexadecimal(_ text: String) -> String {
        text.utf8.map { String($0 / 16, radix: 16) + String($0 % 16, radix: 16) }.joined()
    }

    private static let script = """
        import ssl, sys, tempfile

        def load(context, chain, key, password=""):
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
                file.write(key + chain)
                file.flush()
                context.load_cert_chain(file.name, password=lambda: password)

        def verdict(chain, key, password, root, host, lists, client_chain, client_key, client_root):
            try:
                server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                client.verify_flags |= ssl.VERIFY_X509_STRICT
                client.hostname_checks_common_name = False
                load(server, chain, key, password)
                with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
                    file.write(root + lists)
                    file.flush()
                    client.load_verify_locations(file.name)
                if lists:
                    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
                if client_chain:
                    load(client, client_chain, client_key)
                    server.verify_mode = ssl.CERT_REQUIRED
                    server.load_verify_locations(cadata=client_root)
                up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
                ends = [client.wrap_bio(down, up, server_hostname=host), server.wrap_bio(up, down, server_side=True)]
                done = set()
                for turn in range(20):
                    end = ends[turn % 2]
                    try:
                        end.do_handshake()
                        done.add(end)
                    except ssl.SSLWantReadError:
                        pass
                return "accepted" if len(done) == 2 else "stuck"
            except ssl.SSLCertVerificationError as error:
                return error.verify_code
            except ssl.SSLError as error:
                return error.reason

        for line in sys.stdin:
            print(verdict(*(bytes.fromhex(field).decode() for field in line.strip().split(","))))
        """
}
