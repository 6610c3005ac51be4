// The reference's fourth example: as EchoClient, trying every address of the host until one answers.
//
//     DualStackEchoClient [HOST [PORT]]        (localhost and 50007 unless given)

import BSDSocketBackend
import ExampleSupport
import TransportCore

let arguments = CommandLine.arguments
let host = arguments.count > 1 ? arguments[1] : "localhost"
let port = portNumber(argument: 2, default: 50007)

do {
    // Connecting to a name tries its addresses in turn; failed attempts leave nothing open.
    let connection = try SocketBackend<IP>().connect(host: host, port: port, timeout: .seconds(5))
    print("connected to \(try connection.remoteAddress)")
    try connection.sendAll("Hello, world")
    let answer = try connection.receive(atMost: 1024, timeout: .seconds(5)) ?? []
    connection.close()
    print("received \(String(decoding: answer, as: UTF8.self))")
} catch {
    exit(explaining: error)
}
