extension Instant {
    /// When to look again at something whose change wakes nobody: after a least pause, or a sixty-fourth of the time that
    /// has passed when that is longer.
    ///
    /// So nobody learns of a change much later than need be, and a clock that moves only while everyone waits comes to any
    /// deadline in some hundred steps, and to the end of time in some thousand, where it turns out that nobody will ever go
    /// on.
    ///
    /// - Parameters:
    ///   - began: Since when it is waited.
    ///   - pause: The least pause.
    /// - Returns: Never when there is no such time any more.
    package func nextLook(since began: Instant, after pause: Duration) -> Deadline {
        let next = advanced(by: max(pause, began.duration(to: self) / 64))
        return next == Instant(nanoseconds: .max) ? .never : .at(next)
    }
}
