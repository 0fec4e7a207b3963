"""Runs a command on a network of its own that leads nowhere, and reports every packet that tried to leave.

Started by test_no_network in fresh network and mount namespaces: `quarantine.py REPORT COMMAND...`. Loopback works as
usual. Everything else is routed into a tunnel that this program reads, so it sees what any process in any language
sends, name lookups too.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TUNSETIFF, SIOCSIFADDR, SIOCSIFFLAGS, SIOCADDRT = 0x400454CA, 0x8916, 0x8914, 0x890B
IFF_TUN, IFF_NO_PI, IFF_UP, IFF_RUNNING, RTF_UP = 0x1, 0x1000, 0x1, 0x40, 0x1
MS_BIND = 4096
HERE, RESOLVER = "198.51.100.1", "198.51.100.53"  # addresses set aside for documentation: nobody's
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}


class Route(ctypes.Structure):
    """The kernel's struct rtentry."""

    _fields_ = (
        ("pad1", ctypes.c_ulong),
        ("target", ctypes.c_char * 16),
        ("gateway", ctypes.c_char * 16),
        ("mask", ctypes.c_char * 16),
        ("flags", ctypes.c_ushort),
        ("pad2", ctypes.c_short),
        ("pad3", ctypes.c_ulong),
        ("pad4", ctypes.c_void_p),
        ("metric", ctypes.c_short),
        ("device", ctypes.c_char_p),
        ("mtu", ctypes.c_ulong),
        ("window", ctypes.c_ulong),
        ("round_trip", ctypes.c_ushort),
    )


def main(report: Path, command: list[str]) -> int:
    """Set up, run, report."""
    tunnel = open_tunnel("out0")
    send_name_lookups_to(RESOLVER)
    seen: list[str] = []
    threading.Thread(target=watch, args=(tunnel, seen), daemon=True).start()
    code = subprocess.run(command, check=False).returncode
    time.sleep(0.2)  # for the last packet
    report.write_text(json.dumps(seen))
    return code


def open_tunnel(name: str) -> int:
    """Make the interface that everything but loopback is routed to."""
    tunnel = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tunnel, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    # Without this the kernel itself looks for IPv6 routers. Programs ask for names first, over IPv4.
    Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFADDR, struct.pack("16s16s8x", name.encode(), sockaddr(HERE)))
        for interface in (name, "lo"):
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", interface.encode(), IFF_UP | IFF_RUNNING))
        anywhere = sockaddr("0.0.0.0")
        route = Route(target=anywhere, gateway=anywhere, mask=anywhere, flags=RTF_UP, device=name.encode())
        fcntl.ioctl(control, SIOCADDRT, route)
    return tunnel


def sockaddr(address: str) -> bytes:
    """Write an address as the kernel wants it."""
    return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))


def send_name_lookups_to(resolver: str) -> None:
    """Make /etc/resolv.conf name a resolver in the tunnel, for this mount namespace only."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write(f"nameserver {resolver}\noptions timeout:1 attempts:1\n")
    if ctypes.CDLL(None, use_errno=True).mount(file.name.encode(), b"/etc/resolv.conf", None, MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), "cannot replace /etc/resolv.conf")
    os.unlink(file.name)


def watch(tunnel: int, seen: list[str]) -> None:
    """Note where every packet wants to go."""
    while True:
        packet = os.read(tunnel, 65535)
        if packet[0] >> 4 != 4:
            seen.append(f"not IPv4: {packet[:40].hex()}")
            continue
        header, protocol = (packet[0] & 15) * 4, packet[9]
        line = f"{PROTOCOLS.get(protocol, protocol)} {socket.inet_ntoa(packet[16:20])}"
        if protocol in (6, 17):
            (port,) = struct.unpack("!H", packet[header + 2 : header + 4])
            line += f":{port}"
            if port == 53:
                line += f" asking for {question(packet[header + 8 :])}"
        seen.append(line)


def question(lookup: bytes) -> str:
    """Read the name out of a lookup."""
    labels, at = [], 12
    while at < len(lookup) and lookup[at]:
        labels.append(lookup[at + 1 : at + 1 + lookup[at]].decode(errors="replace"))
        at += lookup[at] + 1
    return ".".join(labels)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
