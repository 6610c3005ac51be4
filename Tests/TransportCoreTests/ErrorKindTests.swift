import TestSupport
import Testing
import TransportCore

@Suite("Kinds of errors")
struct ErrorKindTests {
    @Test("A14 A15: a catch can name the kinds it handles")
    func catching() {
        func outcome(of kind: TransportError.Kind) -> String {
            do {
                throw TransportError(kind, operation: .receive)
            } catch TransportError.Kind.timedOut {
                return "time"
            } catch TransportError.Kind.connectionReset, TransportError.Kind.brokenPipe {
                return "peer"
            } catch {
                return "other"
            }
        }
        #expect(outcome(of: .timedOut) == "time")
        #expect(outcome(of: .connectionReset) == "peer")
        #expect(outcome(of: .brokenPipe) == "peer")
        #expect(outcome(of: .wouldBlock) == "other")
    }

    @Test("A15: an error of another type is of no kind")
    func otherType() {
        struct Other: Error {}
        #expect(!(TransportError.Kind.timedOut ~= Other()))
    }

    @Test("A15 M27: bad arguments, would block, timeouts and ends of the connection are different kinds")
    func distinct() {
        let kinds: [TransportError.Kind] = [
            .invalidArgument, .invalidState, .unsupported, .closed, .busy, .cancelled, .wouldBlock, .timedOut,
            .peerUnresponsive, .connectionRefused, .connectionReset, .connectionAborted, .brokenPipe, .unexpectedEnd,
            .truncated, .hostUnreachable, .networkUnreachable, .addressInUse, .addressNotAvailable,
            .familyNotSupported, .noSuchFile, .noSuchName, .noAddressForName, .noSuchService,
            .nameServiceUnavailable, .resolutionFailed, .permissionDenied, .tooManyOpenFiles, .outOfResources,
            .messageTooLarge, .notConnected, .alreadyConnected, .unknownOption, .system,
        ]
        #expect(Set(kinds).count == kinds.count)
        let texts = kinds.map { TransportError($0, operation: .open).message }
        #expect(Set(texts).count == kinds.count)
        for (kind, text) in zip(kinds, texts) where kind.rawValue.contains(where: { $0.isUppercase }) {
            #expect(text != kind.rawValue, "the kind \(kind) has no words of its own")
        }
    }

    @Test("A14: what a connection can do after an error follows from the kind")
    func aftermath() {
        func aftermath(_ kind: TransportError.Kind) -> TransportError.Aftermath {
            TransportError(kind, operation: .receive).aftermath
        }
        for kind in [TransportError.Kind.timedOut, .wouldBlock, .busy, .cancelled, .invalidArgument, .outOfResources] {
            #expect(aftermath(kind) == .usable)
        }
        for kind in [TransportError.Kind.connectionReset, .connectionAborted, .peerUnresponsive, .closed] {
            #expect(aftermath(kind) == .dead)
        }
        #expect(aftermath(.brokenPipe) == .receiveOnly)
        #expect(aftermath(.truncated) == .sendOnly)
        #expect(aftermath(.unexpectedEnd) == .sendOnly)
    }

    @Test(
        "M23: whether a retry is safe",
        arguments: [
            (.timedOut, .send, 0, .nothingSent), (.timedOut, .send, 5, .someSent), (.wouldBlock, .send, 5, .someSent),
            (.busy, .send, 0, .nothingSent), (.closed, .send, 0, .nothingSent), (.closed, .send, 5, .unknown),
            (.brokenPipe, .send, 0, .nothingSent), (.brokenPipe, .send, 5, .unknown),
            (.connectionReset, .send, 0, .unknown), (.connectionReset, .send, 5, .unknown),
            (.timedOut, .flush, 5, .someSent), (.connectionReset, .flush, 5, .unknown),
            (.connectionReset, .receive, 5, .nothingSent), (.timedOut, .receive, 5, .nothingSent),
            (.connectionRefused, .connect, 0, .nothingSent),
        ] as [(TransportError.Kind, TransportError.Operation, Int, TransportError.RetrySafety)]
    )
    func retrySafety(
        kind: TransportError.Kind,
        operation: TransportError.Operation,
        bytes: Int,
        safety: TransportError.RetrySafety
    ) {
        #expect(TransportError(kind, operation: operation).with(bytesTransferred: bytes).retrySafety == safety)
    }

    @Test("A14: an error is one word, which a call that may fail gives back like any other result")
    func size() {
        #expect(MemoryLayout<TransportError>.size == MemoryLayout<Int>.size)
    }
}
