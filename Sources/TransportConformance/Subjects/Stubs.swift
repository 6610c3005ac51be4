protocol DatagramBench: Sendable {}
protocol NameBench: Sendable {}
protocol LayerBench: Sendable {}
