"""Serves a folder's files by their last name over TLS, for whatever host a proxy's client asks for.

    downloads.py FOLDER TLS PORT_FILE
"""

import http.server
import pathlib
import socketserver
import ssl
import sys

folder, tls, port_file = (pathlib.Path(argument) for argument in sys.argv[1:])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(tls / "cert.pem", tls / "key.pem")


class Downloads(http.server.SimpleHTTPRequestHandler):
    """A file is found by its name alone: hosts and folders are the makers' own."""

    def translate_path(self, path):
        return str(folder / pathlib.PurePosixPath(path.split("?")[0]).name)

    def log_message(self, *_):
        pass


class Proxy(socketserver.StreamRequestHandler):
    """Answers CONNECT to any host, and is that host."""

    def handle(self):
        if not self.rfile.readline().startswith(b"CONNECT "):
            return
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        with context.wrap_socket(self.connection, server_side=True) as secure:
            Downloads(secure, self.client_address, self.server, directory=str(folder))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Proxy) as server:
    port_file.write_text(str(server.server_address[1]))
    server.serve_forever()
