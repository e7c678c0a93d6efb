"""Validates signed answers with dnspython, and flips each octet of them: no changed record may be believed.

Reads {"origin", "dnskey", "answers": [{"name", "wire"}]} with messages in hexadecimal, and prints {"secure", "flips", "believed"}.
"""
import json
import sys

import dns.dnssec
import dns.exception
import dns.message
import dns.name
import dns.rdatatype

given = json.load(sys.stdin)
origin = dns.name.from_text(given['origin'])


def sets(message):
    """The rrsets of a message with their signatures."""
    rrsets = [rrset for section in (message.answer, message.authority) for rrset in section]
    signatures = {(rrset.name, rrset.covers): rrset for rrset in rrsets if rrset.rdtype == dns.rdatatype.RRSIG}
    return [
        (rrset, signatures.get((rrset.name, rrset.rdtype))) for rrset in rrsets if rrset.rdtype != dns.rdatatype.RRSIG
    ]


def content(message):
    """What is signed: names and data in canonical form, without the TTLs of the message."""
    lines = []
    for section in (message.answer, message.authority):
        for rrset in section:
            name = rrset.name.canonicalize().to_text()
            lines += [(name, rrset.rdtype, rdata.to_digestable()) for rdata in rrset]
    return sorted(lines)


keys = dns.message.from_wire(bytes.fromhex(given['dnskey']))
keyset, keysignatures = sets(keys)[0]
dns.dnssec.validate(keyset, keysignatures, {origin: keyset})
trusted = {origin: keyset}


def validates(message):
    pairs = sets(message)
    if not pairs:
        return False
    for rrset, signatures in pairs:
        if signatures is None:
            return False
        try:
            dns.dnssec.validate(rrset, signatures, trusted)
        except (dns.dnssec.ValidationFailure, dns.exception.DNSException, ValueError, KeyError):
            return False
    return True


secure = [answer['name'] for answer in given['answers'] if validates(dns.message.from_wire(bytes.fromhex(answer['wire'])))]
flips = 0
believed = []
for answer in given['answers']:
    wire = bytes.fromhex(answer['wire'])
    whole = dns.message.from_wire(wire)
    start = len(dns.message.make_query(whole.question[0].name, whole.question[0].rdtype).to_wire())
    for at in range(start, len(wire)):
        for bit in (0x01, 0x80):
            flipped = bytearray(wire)
            flipped[at] ^= bit
            try:
                message = dns.message.from_wire(bytes(flipped))
            except Exception:
                continue
            if content(message) == content(whole):
                continue
            flips += 1
            if validates(message):
                believed.append([answer['name'], at, bit])
# The keys themselves: with a changed DNSKEY set, as the trust anchor sees it, nothing is secure.
wire = bytes.fromhex(given['dnskey'])
for at in range(12, len(wire)):
    flipped = bytearray(wire)
    flipped[at] ^= 0x01
    try:
        changed, signatures = sets(dns.message.from_wire(bytes(flipped)))[0]
        if content(dns.message.from_wire(bytes(flipped))) == content(keys):
            continue
        flips += 1
        dns.dnssec.validate(changed, signatures, trusted)
        believed.append(['DNSKEY', at, 1])
    except Exception:
        continue
json.dump({'secure': secure, 'flips': flips, 'believed': believed}, sys.stdout)
