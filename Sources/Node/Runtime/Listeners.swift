import GrepvineDistCore
import GrepvineTransport

/// The sockets that a server takes connections on.
struct Listeners {
    let rpc: Listener
    let resp: Listener?
    let http: Listener?

    /// RPC and gossip share one number, so with port 0 a number free for both is looked for.
    static func bind(
        _ configuration: ServerConfiguration
    ) throws(SocketError) -> (Listeners, DatagramSocket) {
        let (rpc, datagrams) = try pair(configuration.listenHost, configuration.port)
        return (
            Listeners(
                rpc: rpc, resp: try listener(configuration.listenHost, configuration.respPort),
                http: try listener(configuration.listenHost, configuration.httpPort)), datagrams
        )
    }

    private static func listener(
        _ host: String, _ port: UInt16?
    ) throws(SocketError) -> Listener? {
        guard let port else { return nil }
        return try Listener(Address(host: host, port: port))
    }

    private static func pair(
        _ host: String, _ port: UInt16
    ) throws(SocketError) -> (Listener, DatagramSocket) {
        for _ in 0..<15 {
            let rpc = try Listener(Address(host: host, port: port))
            let address = Address(host: host, port: rpc.local.port)
            do throws(SocketError) {
                return (rpc, try DatagramSocket(address))
            } catch {
                guard port == 0, error.isAddressInUse else { throw error }
            }
        }
        let rpc = try Listener(Address(host: host, port: port))
        return (rpc, try DatagramSocket(Address(host: host, port: rpc.local.port)))
    }
}
