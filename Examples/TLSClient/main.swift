// The reference's fifth example: connects to a TLS server, prints who it is and who says so, sends a request and prints
// what comes back.
//
//     TLSClient HOST [PORT [CA-FILE]]        (port 443 and the authorities of the system unless given)

import BSDSocketBackend
import ExampleSupport
import OpenSSLTransport
import TransportCore

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    exit(usage: "usage: TLSClient HOST [PORT [CA-FILE]]")
}
let host = arguments[1]
let port = portNumber(argument: 2, default: 443)

do {
    var settings = TLSSettings()  // verifies everything
    if arguments.count > 3 { settings.roots = .only([.file(arguments[3])]) }
    let backend = try TLSBackend(over: SocketBackend<IP>(), client: .client(settings))
    let deadline = try backend.deadline(after: .seconds(10))  // for the whole of it, the handshake included
    let connection = try backend.connect(host: host, port: port, deadline: deadline)
    if let certificate = connection.tls?.peerCertificates.first {
        print(certificate.subject.oneLine)
        print(certificate.issuer.oneLine)
    }
    try connection.sendAll("GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n", deadline: deadline)
    if let bytes = try connection.receive(atMost: 4096, deadline: deadline) {
        print(String(decoding: bytes, as: UTF8.self))
    }
    connection.close(deadline: deadline)
} catch {
    exit(explaining: error)
}
