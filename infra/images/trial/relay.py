"""A mail relay that keeps what it is given: a line of JSON on standard output for each mail, after one with its port.

    relay.py CERTIFICATE KEY USER PASSWORD [ADDRESS:PORT]

Certificate and key are files; with empty names it knows no TLS and asks for no password. It listens
on a free port of this machine alone, unless told where.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

certificate, key, user, password = sys.argv[1:5]
host, port = (sys.argv[5] if len(sys.argv) > 5 else "127.0.0.1:0").rsplit(":", 1)


class Mails:
    """Takes every mail but those for nobody."""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("nobody@"):
            return f"550 no mailbox of the name {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "authenticated": session.authenticated,
            "greeting": session.host_name,
            "from": mail["From"],
            "reply_to": mail["Reply-To"],
            "subject": mail["Subject"],
            "text": mail.get_content().strip() if not mail.is_multipart() else "",
        }
        print(json.dumps(told), flush=True)
        return "250 OK"


def is_known(_server, _session, _envelope, _mechanism, given):
    """Whether the client has sent the one name and password."""
    return AuthResult(success=(given.login, given.password) == (user.encode(), password.encode()))


def protocol():
    """What a connection is answered by."""
    if not certificate:
        return SMTP(Mails(), hostname="relay.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return SMTP(
        Mails(), hostname="relay.example.com", tls_context=context, require_starttls=True,
        authenticator=is_known, auth_required=True,
    )


async def serve():
    """Until the process is ended."""
    server = await asyncio.get_running_loop().create_server(protocol, host, int(port))
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(serve())
