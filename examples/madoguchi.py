"""A client of Madoguchi in Python's standard library: as much as the examples beside it need.

MADOGUCHI_URL, MADOGUCHI_CLIENT_ID and MADOGUCHI_CLIENT_SECRET say where and who.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


class Refused(Exception):
    """An answer that is a problem (RFC 9457): act by its `code`."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('status')} {problem.get('code')}: {problem.get('detail')}")
        self.problem = problem


class Madoguchi:
    def __init__(self):
        try:
            self.url = os.environ["MADOGUCHI_URL"].rstrip("/")
            client, secret = os.environ["MADOGUCHI_CLIENT_ID"], os.environ["MADOGUCHI_CLIENT_SECRET"]
        except KeyError as missing:
            sys.exit(f"{missing} is not set")
        basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
        form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
        answer = self._send("POST", "/oauth/token", form, {"Authorization": f"Basic {basic}"})
        self.token = answer["access_token"]

    def call(self, method, path, body=None, **headers):
        """One call; the answer's JSON. A refusal is raised."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self._send(method, path, data, headers)

    def all(self, path):
        """Every item of a list, page by page."""
        separator, cursor = "&" if "?" in path else "?", ""
        while True:
            page = self.call("GET", f"{path}{separator}limit=100{cursor}")
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = "&cursor=" + page["next_cursor"]

    def _send(self, method, path, data, headers):
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(json.loads(error.read())) from None
        return json.loads(text) if text else None
