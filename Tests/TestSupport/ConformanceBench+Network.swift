public import LoopbackMockBackend
public import TransportConformance

extension ConformanceBench {
    /// Has threads start in a network and take part in its time.
    public mutating func join(_ network: LoopbackNetwork) {
        isVirtual = true
        executor = network.executor
        spawn = { body in
            let thread = try network.spawn(body)
            return { try thread.join() }
        }
    }
}
