"""Servers on the loopback that do with each connection what a test says, in threads or, once patched, in greenlets."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
import threading

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Counts connections, and keeps the requests that came, as bytes."""

    def __init__(self, serve, tls=None):
        self.serve = serve
        self.tls = tls
        self.connections = 0
        self.requests = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listening.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):  # it is closed
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._handle, args=[connection], daemon=True).start()

    def _handle(self, connection):
        with contextlib.suppress(OSError), connection:
            if self.tls is None:
                self.serve(self, connection)
            else:
                with self.tls.wrap_socket(connection, server_side=True) as wrapped:
                    self.serve(self, wrapped)

    def read(self, connection):
        """Return a request, which is kept; b"" where the connection is closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65_536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
        while len(body) < length:
            body += connection.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


def unheard():
    """Return a URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def answering(*pieces, times=None, wait=lambda: None):
    """Return what answers each request with these bytes; `times` a connection, which it then closes."""

    def serve(server, connection):
        served = 0
        while served != times and server.read(connection):
            for piece in pieces:
                connection.sendall(piece)
                wait()
            served += 1

    return serve


def resetting(server, connection):
    server.read(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def authority_and_context(folder, name="127.0.0.1"):
    """Write a certificate's authority; return its path, and the context of a server that shows a certificate of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = dt.datetime.now(dt.timezone.utc)

    def made(subject, issuer, key, signing_key, *extensions):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        builder = builder.not_valid_after(now + dt.timedelta(days=1))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signing_key, hashes.SHA256())

    def pem(path, *things):
        path.write_bytes(b"".join(things))
        return path

    def certificate(one):
        return one.public_bytes(serialization.Encoding.PEM)

    authority_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    own_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    top = made(
        authority,
        authority,
        authority_key,
        authority_key,
        (x509.BasicConstraints(True, None), True),
        (usage, True),
        (own_id, False),
    )
    own = made(subject, authority, own_key, authority_key, (names, False), (above, False))
    private = own_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem(folder / f"{name}.pem", private, certificate(own)))
    return str(pem(folder / f"{name}-authority.pem", certificate(top))), context
