// The reference's second example: says "Hello, world" to the echo server and prints the answer.
//
//     EchoClient [HOST [PORT]]        (127.0.0.1 and 50007 unless given)

import BSDSocketBackend
import ExampleSupport
import TransportCore

let arguments = CommandLine.arguments
let host = arguments.count > 1 ? arguments[1] : "127.0.0.1"
let port = portNumber(argument: 2, default: 50007)

do {
    let connection = try SocketBackend<IP>().connect(host: host, port: port, families: .v4, timeout: .seconds(5))
    try connection.sendAll("Hello, world")
    let answer = try connection.receive(atMost: 1024, timeout: .seconds(5)) ?? []
    connection.close()
    print("received \(String(decoding: answer, as: UTF8.self))")
} catch {
    exit(explaining: error)
}
