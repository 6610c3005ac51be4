#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
public import TransportCore

/// The port that an argument of the program names, or a default when there is no such argument; ends the program when it
/// is no port.
public func portNumber(argument index: Int, default number: UInt16) -> UInt16 {
    guard CommandLine.arguments.count > index else { return number }
    let text = CommandLine.arguments[index]
    guard let port = UInt16(text) else { exit(usage: "\"\(text)\" is not a port: give a number from 0 to 65535") }
    return port
}

/// Prints a line at once, also where the output is not a terminal.
public func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Tells the person what went wrong and what to try, and ends the program.
public func exit(explaining error: TransportError) -> Never {
    report(error.explanation)
    exit(1)
}

/// Says how the program is called, and ends it.
public func exit(usage: String) -> Never {
    report(usage)
    exit(64)
}

/// Ends the program with a code of its own.
public func exit(code: Int32) -> Never { exit(code) }

/// Tells the person something that is no result.
public func report(_ text: String) {
    let line = text + "\n"
    _ = line.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
}

extension Sequence {
    /// The first result of `body` for the elements in turn that is no error; the last error when there is none.
    public func firstSuccess<Result>(
        _ body: (Element) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        var failure = TransportError.invalidArgument("there is nothing to try")
        for element in self {
            do throws(TransportError) {
                return try body(element)
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
