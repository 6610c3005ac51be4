extension Connection {
    /// A reader of the connection through a buffer. Make one, and read everything through it.
    ///
    /// - Parameters:
    ///   - bufferSize: How many bytes are received at once at most. 0 receives nothing before it is asked for, and lines
    ///     byte by byte: another reader may go on exactly behind what this one has read. The default is 65,536.
    ///   - lineEnding: What ends a line. The default is LF, or CR and LF.
    ///   - requiringEnding: Whether a line whose ending is missing when the stream ends, half a command or half an answer, is
    ///     ``TransportError/Kind/unexpectedEnd``. The default is no: it is the last line.
    ///   - maximumLineLength: How many bytes a line may have, without its ending. A peer that sends none would otherwise
    ///     fill the memory. The default is 65,536.
    ///   - timeout: How long calls may take that do not say it themselves. The default, nil, is what ``mode`` says.
    public func reader(
        bufferSize: Int = 65_536, lineEnding: LineEnding = .newline, requiringEnding: Bool = false,
        maximumLineLength: Int = 65_536, timeout: Duration? = nil
    ) -> BufferedReader<T> {
        BufferedReader(
            self, bufferSize: bufferSize, lineEnding: lineEnding, requiresEnding: requiringEnding,
            maximumLineLength: maximumLineLength, timeout: timeout
        )
    }

    /// A writer to the connection through a buffer.
    ///
    /// - Parameters:
    ///   - buffering: When what was written is sent. The default is as soon as there are 8,192 bytes.
    ///   - timeout: How long calls may take that do not say it themselves. The default, nil, is what ``mode`` says.
    public func writer(buffering: Buffering = .full, timeout: Duration? = nil) -> BufferedWriter<T> {
        BufferedWriter(self, buffering: buffering, timeout: timeout)
    }

    /// What is received, line by line, as text. Like `reader(…).lines`.
    ///
    /// Each call makes a reader of its own, which holds what came together with a line; that is lost when the result goes
    /// away. To go on after a loop has ended, keep the result, or make a reader with
    /// ``reader(bufferSize:lineEnding:requiringEnding:maximumLineLength:timeout:)``.
    ///
    /// - Parameters:
    ///   - requiringEnding: Whether a line whose ending is missing when the stream ends is an error. The default is no: it is
    ///     the last line.
    ///   - maximumLength: How many bytes a line may have, without its ending. The default is 65,536.
    ///   - timeout: How long to wait for each line. The default, nil, is what ``mode`` says.
    public func lines(
        requiringEnding: Bool = false, maximumLength: Int = 65_536, timeout: Duration? = nil
    ) -> BufferedLines<T> {
        reader(requiringEnding: requiringEnding, maximumLineLength: maximumLength, timeout: timeout).lines
    }

    /// Gives up the owner's share in the connection: it is closed once its readers and writers are closed, too, and at
    /// once when there are none.
    ///
    /// Each ``BufferedReader`` and ``BufferedWriter`` has a share from the moment it is made until its `close()`, or until
    /// it goes away; so owner, reader and writer may be done in any order, as with a socket and its files in Python.
    /// ``close()`` is for ending the connection now, whoever uses it. May be repeated.
    public func release() {
        if control.shares.giveUpOwner() { closeUnlessClosed() }
    }

    /// Gives the share of a reader or writer up.
    @usableFromInline
    func giveUpShare() {
        if control.shares.giveUp() { closeUnlessClosed() }
    }

    /// A second close would cut a graceful one of another thread short.
    private func closeUnlessClosed() {
        if !isClosed { close() }
    }
}
