"""Answers ICMP echo requests in place of the kernel, by the mode in a file: up, slow, other, unreachable, huge, silent."""

import socket
import struct
import sys
import threading
import time

MODE_FILE = sys.argv[1]
ECHO_REQUEST = 8
ECHO_REPLY = 0
UNREACHABLE = 3


def checksum(octets: bytes) -> int:
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def message(kind: int, code: int, rest: bytes) -> bytes:
    octets = struct.pack("!BBH", kind, code, 0) + rest
    return octets[:2] + struct.pack("!H", checksum(octets)) + octets[4:]


def answer(packet: bytes, source: str) -> None:
    with open(MODE_FILE, encoding="utf8") as file:
        mode = file.read().strip()
    header = (packet[0] & 15) * 4
    rest = packet[header + 4 :]
    if mode == "slow":
        time.sleep(0.5)
    if mode in ("up", "slow"):
        icmp.sendto(message(ECHO_REPLY, 0, rest), (source, 0))
    if mode == "other":
        other = bytes([rest[0] ^ 255]) + rest[1:]
        icmp.sendto(message(ECHO_REPLY, 0, other), (source, 0))
    if mode == "unreachable":
        icmp.sendto(message(UNREACHABLE, 1, bytes(4) + packet[: header + 8]), (source, 0))
    if mode == "huge":
        for _ in range(50):
            icmp.sendto(message(ECHO_REPLY, 0, rest + bytes(60_000)), (source, 0))


icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("listens", flush=True)
while True:
    received, (sender, _) = icmp.recvfrom(65_535)
    if received[(received[0] & 15) * 4] == ECHO_REQUEST:
        threading.Thread(target=answer, args=(received, sender)).start()
