/// What the program was called with.
struct Arguments {
    var host = "127.0.0.1"
    var port: UInt16 = 6379
    var socketPath: String?
    var timeout = 5.0
    var database = 0
    var command: [String] = []

    static let usage = """
        usage: redis [-h HOST] [-p PORT] [-s PATH] [-n DATABASE] [--timeout SECONDS] COMMAND [ARGUMENT ...]

        Sends one command to a Redis server and prints the reply.

          -h HOST            the server's name or address (127.0.0.1)
          -p PORT            its port (6379)
          -s PATH            the path of its Unix socket, in place of host and port
          -n DATABASE        the number of the database (0)
          --timeout SECONDS  how long it may take in all (5)

        A password is taken from the variable REDISCLI_AUTH of the environment.
        Exits with 0 after a reply, 1 after an error of the server, 2 when there is no reply, 64 when called wrongly.
        """

    /// What is wrong with the arguments.
    struct Mistake: Error {
        let text: String
    }

    /// Reads the arguments, without the program's name.
    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        while let option = rest.first, option.hasPrefix("-") {
            rest.removeFirst()
            if option == "--" { break }
            guard ["-h", "-p", "-s", "-n", "--timeout"].contains(option) else {
                throw Mistake(text: "there is no option \(option)")
            }
            guard let value = rest.popFirst() else { throw Mistake(text: "\(option) needs a value") }
            try set(option, to: value)
        }
        command = Array(rest)
        if command.isEmpty { throw Mistake(text: "there is no command") }
    }

    private mutating func set(_ option: String, to value: String) throws(Mistake) {
        switch option {
        case "-h": host = value
        case "-s": socketPath = value
        case "-p":
            guard let number = UInt16(value), number > 0 else {
                throw Mistake(text: "\"\(value)\" is not a port: give a number from 1 to 65535")
            }
            port = number
        case "-n":
            guard let number = Int(value), number >= 0 else {
                throw Mistake(text: "\"\(value)\" is not the number of a database: give 0 or more")
            }
            database = number
        default:
            guard let number = Double(value), number > 0, number <= 1e9 else {
                throw Mistake(text: "\"\(value)\" is not a time: give seconds, such as 2 or 0.5")
            }
            timeout = number
        }
    }
}
