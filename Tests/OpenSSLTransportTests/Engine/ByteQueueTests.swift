import Testing

@testable import OpenSSLTransport

@Suite("Memory between libssl and the transport below")
struct ByteQueueTests {
    @Test("L-47 bytes come out in order, as many as are there, and none when it is empty; then it can be filled again")
    func rules() {
        var queue = ByteQueue(pool: BufferPool())
        defer { queue.release() }
        for _ in 0..<2 {
            #expect(queue.isEmpty && queue.count == 0)
            #expect(take(10, from: &queue) == [])
            append("foo", to: &queue)
            append("", to: &queue)
            append("bar", to: &queue)
            #expect(queue.count == 6)
            #expect(take(0, from: &queue) == [])
            #expect(take(2, from: &queue) == Array("fo".utf8))
            #expect(queue.count == 4)
            append("baz", to: &queue)
            #expect(take(100, from: &queue) == Array("obarbaz".utf8))
        }
    }

    @Test("L-47 it grows beyond a piece of the pool, whatever was taken before")
    func growing() {
        var queue = ByteQueue(pool: BufferPool())
        defer { queue.release() }
        let bytes = (0..<3 * BufferPool.size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var (put, taken) = (0, [UInt8]())
        while put < bytes.count {
            let part = bytes[put..<min(put + 10_000, bytes.count)]
            part.withUnsafeBytes { queue.append($0) }
            put += part.count
            taken += take(3000, from: &queue)
            #expect(queue.count == put - taken.count)
        }
        taken += take(bytes.count, from: &queue)
        #expect(taken == bytes)
        #expect(queue.isEmpty)
    }

    private func append(_ text: String, to queue: inout ByteQueue) {
        Array(text.utf8).withUnsafeBytes { queue.append($0) }
    }

    private func take(_ count: Int, from queue: inout ByteQueue) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let taken = bytes.withUnsafeMutableBytes { queue.take(into: $0) }
        return Array(bytes.prefix(taken))
    }
}
