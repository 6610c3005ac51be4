// The same echo server with swift-nio, on one event loop: by a handler, or with "--async" by a task per connection over
// NIOAsyncChannel. Prints its port; ends when its input ends.

import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

nonisolated func announce(_ channel: any Channel) {
    print(channel.localAddress?.port ?? 0)
    fflush(nil)
}

nonisolated func bootstrap() -> ServerBootstrap {
    ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        .serverChannelOption(.backlog, value: 4096)
        .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
}

nonisolated func serveByHandlers() async throws {
    let channel = try await bootstrap().childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
    }.bind(host: "127.0.0.1", port: 0).get()
    announce(channel)
}

nonisolated func serveByTasks() async throws {
    let server = try await bootstrap().bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
    }
    announce(server.channel)
    try await withThrowingDiscardingTaskGroup { tasks in
        try await server.executeThenClose { connections in
            for try await connection in connections {
                tasks.addTask {
                    try? await connection.executeThenClose { input, output in
                        for try await buffer in input { try await output.write(buffer) }
                    }
                }
            }
        }
    }
}

if CommandLine.arguments.contains("--async") {
    Task.detached { try await serveByTasks() }
} else {
    try await serveByHandlers()
}
while getchar() != EOF {}
exit(0)
