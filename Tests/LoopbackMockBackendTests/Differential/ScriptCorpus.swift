import TransportCore

extension StreamScript {
    /// What the mock must do as the kernel does: facts M1 to M9, and what lies between them.
    static let corpus: [StreamScript] = [
        StreamScript(
            "send and receive", ("a", .send(5)), ("b", .receive(10)), ("b", .send(3)), ("a", .receive(2)),
            ("a", .receive(2)), ("a", .poll)),
        StreamScript(
            "nothing there", ("a", .poll), ("a", .isReady(.readable)), ("a", .isReady(.writable)),
            ("b", .poll)),
        StreamScript("M7: empty steps", ("a", .send(0)), ("b", .poll), ("b", .close), ("a", .settle), ("a", .send(0))),
        StreamScript(
            "half-close", ("a", .send(4)), ("a", .shutdownWrite), ("a", .shutdownWrite), ("b", .receive(9)),
            ("b", .receive(9)), ("b", .receive(9)), ("b", .send(6)), ("a", .receive(9)), ("a", .send(1)),
            ("a", .isReady(.writable)), ("b", .shutdownWrite), ("a", .receive(1)), ("b", .send(1))),
        StreamScript(
            "M1: a reset is told once to the receiver", ("b", .send(1)), ("a", .settle), ("a", .close),
            ("b", .receive(9)), ("b", .receive(9)), ("b", .send(1)), ("b", .receive(9))),
        StreamScript(
            "M1: a reset is told once, to the sender", ("b", .send(1)), ("a", .settle), ("a", .close),
            ("b", .settle), ("b", .send(1)), ("b", .receive(9)), ("b", .send(1)), ("b", .receive(9))),
        StreamScript(
            "M2: data before the reset", ("b", .send(1)), ("a", .settle), ("a", .send(7)), ("b", .settle),
            ("a", .close), ("b", .receive(3)), ("b", .receive(9)), ("b", .receive(9)), ("b", .receive(9)),
            ("b", .send(1))),
        StreamScript(
            "M3: sending after the peer's close", ("a", .close), ("b", .settle), ("b", .isReady(.writable)),
            ("b", .send(1)), ("b", .settle), ("b", .receive(9))),
        StreamScript(
            "close after data", ("a", .send(5)), ("a", .close), ("b", .receive(3)), ("b", .receive(9)),
            ("b", .receive(9)), ("b", .receive(9)), ("b", .shutdownWrite), ("b", .receive(9))),
        StreamScript(
            "M5: abort", ("a", .abort), ("b", .receive(9)), ("b", .receive(9)), ("b", .send(1)),
            ("b", .shutdownWrite), ("b", .isReady(.readable)), ("b", .isReady(.writable))),
        StreamScript(
            "M5: abort after data", ("a", .send(5)), ("b", .settle), ("a", .abort), ("b", .receive(2)),
            ("b", .receive(9)), ("b", .receive(9)), ("b", .receive(9))),
        StreamScript(
            "abort after a half-close", ("a", .shutdownWrite), ("b", .receive(9)), ("a", .abort),
            ("b", .receive(9)), ("b", .shutdownWrite), ("b", .receive(9))),
        StreamScript(
            "unread bytes after a half-close", ("a", .shutdownWrite), ("b", .receive(9)), ("b", .send(2)),
            ("a", .settle), ("a", .close), ("b", .receive(9)), ("b", .receive(9)), ("b", .send(1)), ("b", .send(1))),
        StreamScript(
            "unread bytes after a half-close that nobody has seen", ("a", .send(1)), ("a", .shutdownWrite),
            ("b", .send(2)), ("a", .settle), ("a", .close), ("b", .receive(9)), ("b", .receive(9)), ("b", .receive(9))),
        StreamScript(
            "a reset for one that has half-closed", ("b", .send(2)), ("b", .shutdownWrite), ("a", .settle),
            ("a", .close), ("b", .receive(9)), ("b", .receive(9)), ("b", .send(1))),
        StreamScript(
            "both half-close, one closes", ("a", .shutdownWrite), ("b", .shutdownWrite), ("a", .receive(1)),
            ("b", .receive(1)), ("a", .close), ("b", .receive(1)), ("b", .send(1))),
        StreamScript("both close", ("a", .close), ("b", .settle), ("b", .close), ("a", .send(1)), ("b", .poll)),
        StreamScript(
            "steps after one's own close", ("a", .close), ("a", .send(1)), ("a", .poll), ("a", .shutdownWrite),
            ("a", .isReady(.readable)), ("a", .close), ("a", .abort)),
        StreamScript(
            "M9: full and drained", ("a", .fill), ("a", .isReady(.writable)), ("b", .receive(1)),
            ("a", .isReady(.writable))),
        StreamScript(
            "M9: writable again", ("a", .fill), ("b", .drain), ("a", .isReady(.writable)), ("a", .send(1)),
            ("b", .receive(9))),
        StreamScript(
            "full, then the peer closes", ("b", .send(1)), ("a", .settle), ("a", .fill), ("b", .close),
            ("a", .receive(9)), ("a", .receive(9)), ("a", .receive(9)), ("a", .send(1))),
        StreamScript(
            "readiness to receive", ("b", .send(1)), ("a", .settle), ("a", .isReady(.readable)),
            ("a", .receive(1)), ("a", .isReady(.readable)), ("b", .shutdownWrite), ("a", .settle),
            ("a", .isReady(.readable)), ("a", .receive(1)), ("a", .isReady(.readable))),
        StreamScript(
            "data from before the peer's close is there after a failed send", ("a", .send(3)), ("a", .close),
            ("b", .settle), ("b", .send(1)), ("b", .receive(9)), ("b", .receive(9))),
    ]
}
