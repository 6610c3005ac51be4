import COpenSSL
import Testing
import TransportCore

@testable import OpenSSLTransport

@Suite("OpenSSL's error queue")
struct ErrorQueueTests {
    @Test("what OpenSSL reports becomes an error with the whole chain")
    func wholeChain() {
        ErrorQueue.clear()
        #expect(X509_get_default_cert_file() != nil)
        let bio = BIO_new_file("/no/such/file", "r")
        #expect(bio == nil)
        let error = TransportError.openSSL(.noSuchFile, operation: .open)
        #expect(error.kind == .noSuchFile)
        #expect(error.code?.domain == .tls)
        #expect(error.message.contains("No such file"))
        let chain = error.underlying as? OpenSSLFailures
        #expect(chain?.failures.count == 2)
        #expect(chain?.failures.first?.detail.contains("/no/such/file") == true)
    }

    @Test("the queue is empty after it was drained")
    func drained() {
        _ = BIO_new_file("/no/such/file", "r")
        #expect(!ErrorQueue.drain().isEmpty)
        #expect(ErrorQueue.drain().isEmpty)
    }
}
