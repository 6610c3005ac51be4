internal import TransportCore

/// Gathering and scattering. A transport without vectored calls of its own has them in parts.
let vectoredCases: [ConformanceCase] = [
    ConformanceCase("VEC-01", "Runs of any size arrive in order, as one stream.", drivers: [.blocking]) { scene in
        try sendGathered([0, 1, 7, 0, 4096, 3].map { min($0, scene.bulk) }, Payload(140), scene)
    },

    ConformanceCase("VEC-02", "More runs than the system takes at once arrive in order.", drivers: [.blocking]) {
        scene in
        try sendGathered((0..<min(1500, scene.bulk / 2)).map { $0 % 4 }, Payload(141), scene)
    },

    ConformanceCase("VEC-03", "A gathering send that takes a part goes on at the right byte.", drivers: [.stepping]) {
        scene in
        let a = try scene.a
        let bytes = Payload(142).bytes(24)
        for split in 0...bytes.count {
            var rest = bytes[...]
            var rounds = 0
            while !rest.isEmpty {
                let cut = min(split, rest.count)
                let step = try scene.value("A", "step: send two runs, cut after \(cut)") { () throws(TransportError) in
                    try a.trySend(gathering: [[UInt8](rest.prefix(cut)), [UInt8](rest.dropFirst(cut))])
                }
                rounds += 1
                try scene.check(rounds < 1000, "the send to go on", "it does not in 1000 tries")
                guard case .sent(let count) = step else { continue }
                try scene.check((1...rest.count).contains(count), "a count from 1 to \(rest.count)", "\(count)")
                try finishStep(.flush, at: a, scene)
                try scene.run(b: [.receive([UInt8](rest.prefix(count)))])
                rest = rest.dropFirst(count)
            }
        }
    },

    ConformanceCase(
        "VEC-04", "A scattering receive fills the memory in order, says how much, and leaves the rest alone.",
        drivers: [.stepping]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        let bytes = Payload(143).bytes(min(64, scene.bulk))
        let join = try scene.background { try a.sendAll(bytes, .none) }
        var received: [UInt8] = []
        for round in 0..<1000 where received.count < bytes.count {
            let before: [[UInt8]] = [[0xA5], [], [0xA5, 0xA5, 0xA5], [UInt8](repeating: 0xA5, count: 5)]
            var arrays = before
            let count: Int
            if round % 2 == 0 {
                let result = try scene.value("B", "receive into four arrays") { () throws(TransportError) in
                    try b.receive(scatteringInto: &arrays, .within(.seconds(5)))
                }
                count = result ?? 0
            } else {
                let step = try scene.value("B", "step: receive into four arrays") { () throws(TransportError) in
                    try b.tryReceive(scatteringInto: &arrays)
                }
                guard case .received(let some) = step else { continue }
                count = some
            }
            try scene.check((1...9).contains(count), "a count from 1 to 9", "\(count)")
            let filled = [UInt8](arrays.joined())
            try scene.check(
                filled[count...].allSatisfy { $0 == 0xA5 }, "the memory behind what was received to be left alone",
                "it was written to"
            )
            received += filled[..<count]
        }
        try join()
        try scene.equalBytes("what B received", received, bytes)
    },
]

/// Has A send runs of some sizes, and B receive them.
private func sendGathered(_ sizes: [Int], _ payload: Payload, _ scene: Scene) throws {
    let a = try scene.a
    let all = payload.bytes(sizes.reduce(0, +))
    let segments = all.split(into: sizes)
    let join = try scene.background { try a.sendAll(gathering: segments, .none) }
    try scene.run(b: [.receive(all)])
    try join()
    try expectNothing(at: scene.b, scene)
}
