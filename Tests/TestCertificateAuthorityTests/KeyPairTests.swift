import TestCertificateAuthority
import Testing

@Suite("Key pairs")
struct KeyPairTests {
    @Test("a key is read from the PEM it was written as", arguments: [KeyPair.Form.pkcs8, .traditional])
    func roundTrip(_ form: KeyPair.Form) throws {
        let key = try KeyPair()
        #expect(try KeyPair(pem: key.pem).privateKeyDER == key.privateKeyDER)
        #expect(try KeyPair(pem: key.pem(form)).publicKeyDER == key.publicKeyDER)
        let encrypted = try key.pem(form, password: "x")
        #expect(encrypted.contains("ENCRYPTED"))
        #expect(try KeyPair(pem: encrypted, password: "x").publicKeyDER == key.publicKeyDER)
    }

    @Test("a wrong, missing or empty password is an error")
    func passwords() throws {
        let encrypted = try KeyPair().pem(.pkcs8, password: "right")
        #expect(throws: IssuingError.self) { try KeyPair(pem: encrypted, password: "wrong") }
        #expect(throws: IssuingError.self) { try KeyPair(pem: encrypted) }
        #expect(throws: IssuingError.self) { try KeyPair().pem(.pkcs8, password: "") }
    }

    @Test("what is no key, and what there is no key of, is an error that says why")
    func errors() throws {
        let error = #expect(throws: IssuingError.self) { try KeyPair(pem: "nothing") }
        #expect(error?.description.contains("the key cannot be read (") == true)
        #expect(throws: IssuingError.self) { try KeyPair(.rsa(8)) }
        #expect(throws: IssuingError.self) { try KeyPair(.ed25519).pem(.traditional) }
    }

    @Test("kinds are found by the names that configurations use")
    func kinds() {
        for kind in [KeyPair.Kind.p256, .p384, .p521, .ed25519, .rsa2048, .rsa(1024)] {
            #expect(KeyPair.Kind(named: kind.description) == kind)
        }
        for name in ["", "rsa", "rsa12", "rsa99999", "rsa-2048", "P256", "dsa"] {
            #expect(KeyPair.Kind(named: name) == nil)
        }
    }
}
