#!/usr/bin/env python3
"""Sorts the desk's queue: tags what doubts a completion, and raises the priority of what waits long.

Needs a client with the scopes inquiries:read and triage:write. Safe to run again and again.
"""

import hashlib
import json

from madoguchi import Madoguchi

LONG = 8 * 60  # business minutes: one business day


def wanted(item):
    """What the triage facts of an item of the queue should say."""
    triage, patch = item["inquiry"]["triage"], {}
    if item["doubted"] and "doubted" not in triage["tags"]:
        patch["tags"] = triage["tags"] + ["doubted"]
    if item["business_minutes_waited"] >= LONG and triage["priority"] in (None, "low", "normal"):
        patch["priority"] = "high"
    elif triage["priority"] is None:
        patch["priority"] = "normal"
    return patch


def main():
    desk = Madoguchi()
    commands = []
    for item in desk.all("/v1/triage/queue"):
        inquiry, reasons = item["inquiry"], [reason for one in item["suggestions"] for reason in one["reasons"]]
        print(inquiry["number"], inquiry["state"], item["business_minutes_waited"], "min", ", ".join(reasons))
        patch = wanted(item)
        if patch:
            version = f'"{inquiry["version"]}"'
            command = {"command": "patch", "inquiry_id": item["id"], "if_match": version, "body": patch}
            commands.append(command)
    changed = 0
    for start in range(0, len(commands), 100):
        batch = {"mode": "independent", "dry_run": False, "commands": commands[start : start + 100]}
        # The same batch sent again does nothing again.
        key = hashlib.sha256(json.dumps(batch, sort_keys=True).encode()).hexdigest()
        for done in desk.call("POST", "/v1/triage/batches", batch, Idempotency_Key=key)["items"]:
            changed += done["status"] < 300
            if "problem" in done:  # such as version_conflict: somebody was quicker
                print("left as it is:", batch["commands"][done["index"]]["inquiry_id"], done["problem"]["code"])
    print(f"{changed} changed")


if __name__ == "__main__":
    main()
