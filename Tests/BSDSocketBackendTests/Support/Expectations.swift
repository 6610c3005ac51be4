import BSDSocketBackend
import Testing
import TransportCore

/// The error that `body` throws; reports when there is none, or another one.
@discardableResult
func failure<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, of body: () throws -> Value
) -> TransportError? {
    do {
        let value = try body()
        Issue.record("no error but \(value)", sourceLocation: sourceLocation)
    } catch let error as TransportError {
        return error
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
    return nil
}

/// The error that `body` throws; reports when there is none, or another one.
@discardableResult
func failure<Value: Sendable>(
    sourceLocation: SourceLocation = #_sourceLocation, ofAsync body: () async throws -> Value
) async -> TransportError? {
    do {
        let value = try await body()
        Issue.record("no error but \(value)", sourceLocation: sourceLocation)
    } catch let error as TransportError {
        return error
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
    return nil
}

/// Bytes in which every place is recognisable, so that loss, repetition and disorder show.
///
/// Quickly, also under a sanitizer: from a length on that no buffer has, they are the same again.
func patternBytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += patternPeriod.prefix(count - bytes.count) }
    return bytes
}

private let patternPeriod: [UInt8] = {
    var state: UInt32 = 0x2545_F491
    return (0..<65_521).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
    }
}()

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension Connection {
    /// Receives until the peer's stream ends.
    func receiveToEnd(atMost size: Int = 65536) throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try receive(atMost: size) { all += bytes }
        return all
    }

    /// Sends until there is no more room, also after TCP has moved what it can; gives how many bytes that were.
    func fill() throws -> Int {
        let chunk = [UInt8](repeating: 7, count: 65536)
        var total = 0
        var idleRounds = 0
        while true {
            let before = total
            do throws(TransportError) {
                while true { total += try send(chunk, timeout: .zero) }
            } catch {
                guard error.kind == .wouldBlock else { throw error }
            }
            idleRounds = total == before ? idleRounds + 1 : 0
            if idleRounds == 4 { return total }
            // The peer is silent: this gives TCP a moment to move on what it has.
            _ = try wait(for: .readable, timeout: .milliseconds(40))
        }
    }

    /// Sends one byte after another, until the failure with which that ends.
    func sendUntilFailure() throws -> TransportError {
        for _ in 0..<1_000_000 {
            do {
                _ = try send([0])
            } catch {
                return error
            }
        }
        throw Unexpected("sending never fails")
    }

    /// Waits until the peer's bytes, end or reset are here.
    func waitForInput() throws {
        #expect(try wait(for: .readable, timeout: patience))
    }
}

extension SocketBacked {
    var descriptor: Int32 { handle.descriptor }
}

extension Connection where T: SocketBacked {
    var descriptor: Int32 { transport.handle.descriptor }
}

extension Listener where L: SocketBacked {
    var descriptor: Int32 { transport.handle.descriptor }
}

extension DatagramSocket where D: SocketBacked {
    var descriptor: Int32 { transport.handle.descriptor }
}
