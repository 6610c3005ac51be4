internal import CSockets
internal import TransportCore

/// Answers system calls in place of the system: forced errors and short counts, for chosen calls, in order.
///
/// What a machine in trouble does (interruptions, no descriptors left, no buffers, one byte at a time) cannot be
/// arranged on a healthy one. A script arranges it, for one backend, without touching the process:
///
/// ```swift
/// let script = SyscallScript()
/// script.on(.receive, .fail(EINTR), .fail(EINTR), .limit(1))
/// ```
package final class SyscallScript: Sendable {
    /// The calls that can be answered.
    package enum Call: Hashable, Sendable, CaseIterable {
        case socket, socketPair, bind, listen, connect, accept, shutdown, receive, send, poll, control, getOption
        case setOption, getName
    }

    /// What becomes of one call.
    package enum Answer: Hashable, Sendable {
        /// The system makes it.
        case proceed
        /// It fails with this `errno`, and the system never sees it.
        case fail(Int32)
        /// The system makes it, for at most so many bytes.
        case limit(Int)
    }

    private struct State {
        var answers: [Call: [Answer]] = [:]
        var always: [Call: Answer] = [:]
        var counts: [Call: Int] = [:]
    }

    private let state = Locked(State())

    package init() {}

    /// Sets the answers to the next calls of a kind, after those that are set already.
    package func on(_ call: Call, _ answers: Answer...) {
        state.withLock { $0.answers[call, default: []] += answers }
    }

    /// Sets the answer to every call of a kind for which no other is left; nil takes it back.
    package func always(_ call: Call, _ answer: Answer?) {
        state.withLock { $0.always[call] = answer }
    }

    /// How many calls of a kind were made or answered.
    package func count(of call: Call) -> Int { state.withLock { $0.counts[call, default: 0] } }

    /// How many calls of all kinds were made or answered.
    package var totalCount: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// The forced result of a call, or nil when the system is to make it.
    func answer(_ call: Call) -> Int? {
        var count = 0
        return answer(call, limiting: &count)
    }

    /// The forced result of a call, or nil when the system is to make it, perhaps for fewer bytes.
    func answer(_ call: Call, limiting count: inout Int) -> Int? {
        let answer = state.withLock { state -> Answer in
            state.counts[call, default: 0] += 1
            if let first = state.answers[call]?.first {
                state.answers[call]?.removeFirst()
                return first
            }
            return state.always[call] ?? .proceed
        }
        switch answer {
        case .proceed: return nil
        case .fail(let code): return -Int(code)
        case .limit(let limit):
            count = min(count, limit)
            return nil
        }
    }
}
