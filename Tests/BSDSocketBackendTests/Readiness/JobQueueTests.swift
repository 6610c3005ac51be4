import Synchronization
import TestSupport
import Testing

@testable import BSDSocketBackend

@Suite("The queue of a reactor's own jobs")
struct JobQueueTests {
    /// Jobs that can be told apart, and are never run.
    private func job(_ number: Int) -> ReactorJob {
        ReactorJob(unsafeBitCast(UInt(bitPattern: number) << 4, to: UnownedJob.self), isFree: number.isMultiple(of: 3))
    }

    private func number(_ job: ReactorJob?) -> Int? {
        job.map { Int(bitPattern: unsafeBitCast($0.job, to: UInt.self) >> 4) }
    }

    @Test("gives jobs in their order, round its ring again and again")
    func order() {
        var queue = JobQueue()
        var next = 1
        for number in 1...5000 {
            queue.append(job(number))
            guard number % 7 != 0 else { continue }
            let first = queue.popFirst()
            #expect(self.number(first) == next)
            #expect(first?.isFree == next.isMultiple(of: 3))
            next += 1
        }
        #expect(queue.count == 5000 - (next - 1))
        while let first = queue.popFirst() {
            #expect(number(first) == next)
            next += 1
        }
        #expect(next == 5001)
        #expect(queue.count == 0)
    }

    @Test("grows when it is full, wherever its first job stands")
    func growth() {
        var queue = JobQueue()
        for number in 1...200 { queue.append(job(number)) }
        for number in 1...200 { #expect(self.number(queue.popFirst()) == number) }
        for number in 1...1000 { queue.append(job(number)) }
        for number in 1...1000 { #expect(self.number(queue.popFirst()) == number) }
        #expect(queue.popFirst() == nil)
    }

    @Test("shows the jobs to come, and nothing behind the last one")
    func lookingAhead() {
        var queue = JobQueue()
        #expect(queue[0] == nil)
        for number in 1...3 { queue.append(job(number)) }
        #expect((0..<5).map { number(queue[$0]) } == [1, 2, 3, nil, nil])
        _ = queue.popFirst()
        #expect((0..<3).map { number(queue[$0]) } == [2, 3, nil])
    }
}
