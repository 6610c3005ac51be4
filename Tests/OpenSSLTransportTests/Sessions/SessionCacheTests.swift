import COpenSSL
import Testing

@testable import OpenSSLTransport

@Suite("Sessions that are kept")
struct SessionCacheTests {
    private func session() throws -> TLSSession { TLSSession(owning: try #require(SSL_SESSION_new())) }

    private func key(_ host: String) -> TLSSessionKey { TLSSessionKey(host: host, configuration: [1]) }

    @Test("connections that begin with the same server at once share what is kept of it")
    func shared() throws {
        let cache = TLSSessionCache()
        let (one, _) = cache.find(key("a"))
        let (other, none) = cache.find(key("a"))
        #expect(none == nil)
        let last = try session()
        cache.keep(try session(), of: one)
        cache.keep(last, of: other)
        #expect(cache.count == 2)
        #expect(cache.find(key("a")).1 === last)
        #expect(cache.find(key("b")).1 == nil)
    }

    @Test("what a connection still gets is kept after everything was forgotten, and what it had is not")
    func forgotten() throws {
        let cache = TLSSessionCache()
        let (server, _) = cache.find(key("a"))
        cache.keep(try session(), of: server)
        cache.removeAll()
        #expect(cache.count == 0)
        #expect(cache.find(key("a")).1 == nil)
        cache.keep(try session(), of: server)
        #expect(cache.count == 1)
    }

    @Test("the server that was used longest ago makes room, and comes back with its next session")
    func room() throws {
        let cache = TLSSessionCache(capacity: 2)
        let servers = ["a", "b", "c"].map { cache.find(key($0)).0 }
        cache.keep(try session(), of: servers[0])
        cache.keep(try session(), of: servers[1])
        #expect(cache.find(key("a")).1 != nil)
        cache.keep(try session(), of: servers[2])
        #expect(["a", "b", "c"].map { cache.find(key($0)).1 != nil } == [true, false, true])
        cache.keep(try session(), of: servers[1])
        #expect(cache.count == 2)
        #expect(cache.find(key("b")).1 != nil)
        #expect(cache.find(key("a")).1 == nil)
    }

    @Test("a cache without room keeps nothing")
    func noRoom() throws {
        let cache = TLSSessionCache(capacity: 0)
        cache.keep(try session(), of: cache.find(key("a")).0)
        #expect(cache.count == 0)
    }
}
