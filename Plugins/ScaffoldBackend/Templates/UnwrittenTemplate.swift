extension Scaffold {
    /// What stands in the place of code that is not written yet.
    var unwrittenTemplate: String {
        #"""
        internal import TransportCore

        /// The error of something that is not written yet. Delete this file when nobody calls it any more.
        func unwritten(
            _ what: String, _ operation: TransportError.Operation, _ task: String, fileID: StaticString = #fileID,
            line: UInt = #line
        ) -> TransportError {
            .unsupported("\(what) is not written yet: \(task) (\(fileID):\(line))", operation: operation)
        }
        """#
    }
}
