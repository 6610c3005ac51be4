// A small redis-cli: sends one command and prints the reply.
//
//     redis [-h HOST] [-p PORT] [--timeout SECONDS] COMMAND [ARGUMENT ...]        (see `redis` without arguments)

import BSDSocketBackend
import ExampleSupport
import RedisClient
import TransportCore

/// Does the command, and gives what the program exits with.
func run<Base: Backend>(_ client: RedisClient<Base>, _ words: [String]) -> Int32 {
    do throws(RedisError) {
        say("\(try client.send(RedisCommand(words: words.map { Array($0.utf8) })))")
        return 0
    } catch {
        switch error {
        case .server(let error):
            say("(error) \(error)")
            return 1
        case .invalidCommand:
            report(error.explanation)
            return 64
        default:
            report(error.explanation)
            return 2
        }
    }
}

do {
    let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
    var configuration = RedisConfiguration()
    configuration.timeout = .seconds(arguments.timeout)
    configuration.connectTimeout = configuration.timeout
    configuration.attempts = 1  // a person can call it again
    configuration.database = arguments.database
    configuration.password = environment("REDISCLI_AUTH")
    if let path = arguments.socketPath {
        let address = try Unix.SocketAddress(path: path)
        let client = RedisClient(address: address, configuration: configuration, via: SocketBackend<Unix>())
        exit(code: run(client, arguments.command))
    } else {
        let client = RedisClient(
            host: arguments.host, port: arguments.port, configuration: configuration, via: SocketBackend<IP>())
        exit(code: run(client, arguments.command))
    }
} catch let mistake as Arguments.Mistake {
    exit(usage: "redis: \(mistake.text)\n\n\(Arguments.usage)")
} catch let error as TransportError {
    exit(explaining: error)
} catch {
    exit(usage: "redis: \(error)")
}
