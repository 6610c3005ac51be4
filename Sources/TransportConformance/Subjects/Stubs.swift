protocol DatagramBench: Sendable {}
protocol LayerBench: Sendable {}
