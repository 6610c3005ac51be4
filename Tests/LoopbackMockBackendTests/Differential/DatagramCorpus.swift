import TransportCore

extension DatagramScript {
    /// What all datagrams have in common.
    private static let common: [DatagramScript] = [
        DatagramScript(
            "DGR-01, DGR-02, DGR-05: boundaries, empty datagrams, senders", ("a", .sendTo("b", 3)),
            ("a", .sendTo("b", 0)),
            ("c", .sendTo("b", 5)), ("b", .isReady(.readable)), ("b", .receive(9)), ("b", .receive(9)),
            ("b", .receive(9)), ("b", .reply(4)), ("b", .poll), ("b", .isReady(.readable)), ("c", .receive(9))),
        DatagramScript(
            "M14, DGR-03: what does not fit is cut", ("a", .sendTo("b", 10)), ("a", .sendTo("b", 4)),
            ("a", .sendTo("b", 3)), ("a", .sendTo("b", 0)), ("a", .sendTo("b", 2)), ("b", .receive(4)),
            ("b", .receive(4)), ("b", .receive(0)), ("b", .receive(0)), ("b", .receive(9)), ("b", .poll)),
        DatagramScript("neither an address nor a peer", ("a", .send(1)), ("a", .peer), ("a", .sendTo("b", 1))),
        DatagramScript(
            "DGR-06: a peer, and another destination", ("a", .connect("b")), ("a", .peer), ("a", .send(2)),
            ("b", .receive(9)), ("b", .reply(3)), ("a", .receive(9)), ("a", .sendTo("c", 4)), ("c", .receive(9))),
        DatagramScript(
            "what came before the peer was chosen stays", ("c", .sendTo("a", 1)), ("a", .connect("b")),
            ("a", .receive(9)), ("a", .poll)),
        DatagramScript(
            "no peer any more", ("a", .connect("b")), ("a", .connect(nil)), ("a", .peer), ("a", .send(1)),
            ("a", .connect(nil))),
        DatagramScript(
            "one that is closed", ("a", .close), ("a", .send(1)), ("a", .sendTo("b", 1)), ("a", .poll),
            ("a", .isReady(.readable)), ("a", .connect("b")), ("a", .close)),
        DatagramScript(
            "itself", ("a", .connect("a")), ("a", .send(2)), ("a", .receive(9)), ("a", .peer), ("a", .poll)),
    ]

    /// What the mock must do as the kernel's UDP does.
    static let udp: [DatagramScript] =
        common + [
            DatagramScript(
                "DGR-04: the largest", ("a", .sendTo("b", 65507)), ("a", .sendTo("b", 65508)), ("b", .receive(70000)),
                ("a", .connect("b")), ("a", .send(65508)), ("a", .send(1)), ("b", .receive(9))),
            DatagramScript(
                "M14, DGR-07: a peer that is not there is told once", ("a", .connect("n")), ("a", .send(1)),
                ("a", .isReady(.readable)), ("a", .isReady(.writable)), ("a", .receive(9)), ("a", .poll),
                ("a", .send(1)), ("a", .send(1)), ("a", .send(1)), ("a", .receive(9)), ("a", .peer)),
            DatagramScript("DGR-08: nobody there", ("a", .sendTo("n", 1)), ("a", .poll), ("a", .sendTo("n", 1))),
            DatagramScript(
                "told whoever the next datagram is for", ("a", .connect("n")), ("a", .send(0)), ("a", .sendTo("b", 1)),
                ("a", .sendTo("b", 2)), ("b", .receive(9)), ("a", .poll)),
            DatagramScript(
                "told before a datagram that is there, after one that is too large", ("a", .connect("b")),
                ("b", .sendTo("a", 2)), ("b", .close), ("a", .send(1)), ("a", .send(65508)), ("a", .receive(9)),
                ("a", .receive(9)), ("a", .poll)),
            DatagramScript(
                "a receiver that has another peer is not there", ("a", .connect("b")), ("c", .connect("a")),
                ("c", .send(1)), ("c", .receive(9)), ("a", .poll), ("c", .sendTo("a", 1)), ("c", .receive(9))),
            DatagramScript(
                "others are not told", ("a", .connect("b")), ("a", .sendTo("n", 1)), ("a", .poll), ("a", .send(1)),
                ("b", .receive(9))),
            DatagramScript(
                "told also when there is no peer any more", ("a", .connect("n")), ("a", .send(1)), ("a", .connect(nil)),
                ("a", .receive(9)), ("a", .poll)),
            DatagramScript(
                "one that nobody has bound", ("u", .peer), ("u", .sendTo("a", 2)), ("a", .receive(9)), ("a", .reply(3)),
                ("u", .receive(9)), ("u", .connect("a")), ("u", .peer), ("u", .send(4)), ("a", .receive(9)),
                ("b", .sendTo("u", 1)), ("a", .reply(5)), ("u", .receive(9)), ("u", .connect(nil)), ("u", .send(1))),
        ]

    /// What the mock must do as the kernel's Unix datagrams do.
    static let unix: [DatagramScript] =
        common + [
            DatagramScript(
                "nobody was there, nobody is any more", ("a", .sendTo("n", 1)), ("a", .sendTo("s", 1)),
                ("a", .connect("n")), ("a", .connect("s")), ("a", .peer), ("a", .poll)),
            DatagramScript("the largest", ("a", .sendTo("b", 212_961)), ("a", .sendTo("b", 65508)), ("b", .receive(9))),
            DatagramScript(
                "a receiver that has another peer does not take it", ("a", .connect("b")), ("c", .sendTo("a", 1)),
                ("c", .connect("a")), ("b", .sendTo("a", 2)), ("a", .receive(9)), ("a", .connect(nil)),
                ("c", .sendTo("a", 3)), ("a", .receive(9))),
            DatagramScript(
                "the peer closes: refused, and then there is no peer", ("a", .connect("b")), ("b", .close),
                ("a", .poll), ("a", .peer), ("a", .send(1)), ("a", .peer), ("a", .send(1)), ("a", .sendTo("c", 2)),
                ("c", .receive(9))),
            DatagramScript(
                "what the peer sent before it closed is there", ("b", .connect("a")), ("a", .connect("b")),
                ("a", .send(2)), ("b", .send(1)), ("a", .close), ("b", .receive(9)), ("b", .poll), ("b", .send(1))),
            DatagramScript(
                "another peer: what came is lost, and the earlier one is told", ("b", .connect("a")),
                ("a", .connect("b")), ("b", .send(1)), ("a", .connect("c")), ("a", .poll), ("b", .isReady(.readable)),
                ("b", .receive(9)), ("b", .poll), ("b", .send(1))),
            DatagramScript(
                "another peer when nothing has come", ("b", .connect("a")), ("a", .connect("b")), ("a", .connect("c")),
                ("b", .poll), ("b", .send(1))),
            DatagramScript(
                "one without a name", ("u", .sendTo("a", 2)), ("a", .receive(9)), ("u", .connect("a")), ("u", .peer),
                ("u", .send(3)), ("a", .receive(9))),
            DatagramScript(
                "a full receiver", ("a", .fill("b")), ("a", .sendTo("c", 1)), ("c", .receive(9)), ("a", .connect("b")),
                ("a", .send(1)), ("a", .isReady(.writable)), ("b", .receive(9)), ("a", .isReady(.writable)),
                ("a", .send(1)), ("a", .send(1)), ("b", .close), ("a", .send(1)), ("a", .send(1))),
        ]
}
