"""Asks each question on standard input over DNS over HTTPS with dnspython, and prints what dnspython read."""
import json
import sys

import dns.edns
import dns.message
import dns.query
import httpx

url, certificate = sys.argv[1:]
replies = []
with httpx.Client(http1=False, http2=True, verify=certificate, trust_env=False) as session:
    for question in json.load(sys.stdin):
        options = []
        if question.get('subnet'):
            address, length = question['subnet'].split('/')
            options.append(dns.edns.ECSOption(address, int(length)))
        query = dns.message.make_query(
            question['name'], question['type'], use_edns=0 if options else None, options=options or None
        )
        # Checks that the reply is to the query, and that nothing trails it.
        reply = dns.query.https(query, url, timeout=10, post=question['post'], session=session)
        subnets = [option for option in reply.options if isinstance(option, dns.edns.ECSOption)]
        replies.append({
            'rcode': dns.rcode.to_text(reply.rcode()),
            'flags': dns.flags.to_text(reply.flags),
            'answer': sorted(line for rrset in reply.answer for line in rrset.to_text().split('\n')),
            'authority': [rrset.to_text() for rrset in reply.authority],
            'subnets': [f'{ecs.address}/{ecs.srclen}/{ecs.scopelen}' for ecs in subnets],
        })
json.dump(replies, sys.stdout)
