// The request of the reference's fifth example, over plain TCP: fetches a page and prints what comes back.
//
//     HTTPGet HOST [PORT [PATH]]        (port 80 and / unless given)

import BSDSocketBackend
import ExampleSupport
import TransportCore

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    exit(usage: "usage: HTTPGet HOST [PORT [PATH]]")
}
let host = arguments[1]
let port = portNumber(argument: 2, default: 80)
let path = arguments.count > 3 ? arguments[3] : "/"

do {
    let backend = SocketBackend<IP>()
    let deadline = try backend.deadline(after: .seconds(10))  // for the whole of it
    let connection = try backend.connect(host: host, port: port, deadline: deadline)
    try connection.sendAll("GET \(path) HTTP/1.0\r\nHost: \(host)\r\n\r\n", deadline: deadline)
    var page: [UInt8] = []
    while let bytes = try connection.receive(atMost: 4096, deadline: deadline) {
        page += bytes
    }
    connection.close()
    print(String(decoding: page, as: UTF8.self))
} catch {
    exit(explaining: error)
}
