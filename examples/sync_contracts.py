#!/usr/bin/env python3
"""The nightly sync: registers and changes contracts as a CSV file has them.

Needs a client with the scopes contracts:read and contracts:write. A line that says nothing new
changes nothing; a line that is refused is reported, and the others are done.
"""

import csv
import sys
import urllib.parse

from madoguchi import Madoguchi, Refused


def main(path):
    desk = Madoguchi()
    products = {product["code"]: product["id"] for product in desk.all("/v1/products")}
    refused = 0
    with open(path, encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            name = line["maintenance_id"]
            body = {
                "maintenance_id": name,
                "customer": {"name": line["customer"]},
                "product_ids": [products[code] for code in line["products"].split() if code in products],
                "services": line["services"].split(),
                "site_country": line["site_country"],
                "partner_access": line["partner_access"],
                "starts_on": line["starts_on"],
                "ends_on": line["ends_on"],
            }
            try:
                path = "/v1/contracts/by-support-id/" + urllib.parse.quote(name, safe="")
                print(name, "version", desk.call("PUT", path, body)["version"])
            except Refused as why:
                refused += 1
                print(name, why, why.problem.get("errors", ""), file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else "usage: sync_contracts.py FILE.csv")
