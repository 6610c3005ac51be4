import TestSupport

/// The program `openssl`, to compare with.
enum OpenSSLProgram {
    /// Whether it is there: only libssl's headers are needed to build.
    static let isThere = (try? ChildProcess("openssl", ["version"]).readLine()) != nil

    /// What it prints, without a line break at the end.
    static func run(_ arguments: String..., input: String) throws -> String {
        try run(arguments, input: input)
    }

    /// What it prints and complains of, without a line break at the end.
    static func run(_ arguments: [String], input: String = "") throws -> String {
        let program = try ChildProcess("sh", ["-c", "exec openssl \"$@\" 2>&1", "openssl"] + arguments)
        // A program that reads nothing may be gone by now.
        if !input.isEmpty { program.writeLine(input) }
        program.closeInput()
        let output = try program.readToEnd()
        try program.waitForExit()
        return String(output.drop { $0 == "\n" }).trimmingEnd()
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        var text = self
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
