"""Starting the real stand-in process and speaking HTTP to it: what every test of the CMiC stand-in uses."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

BASIC = ("DEMO||CONNECTOR", "cmic-demo")
ITEM = "application/vnd.oracle.adf.resourceitem+json"
BATCH = "application/vnd.oracle.adf.batch+json"
ACTION = "application/vnd.oracle.adf.action+json"

PAYABLES = (
    *("apvoucher", "apallvouchers", "unpostedvouchers", "scrfptotals", "scrfpdetail", "checkunpostedrfps"),
    *("voiddeletevoucher", "manualcheck", "apcheque", "apvouchq", "apinsurance"),
)

Row = dict[str, Any]


class Process:
    """A running stand-in."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "sandbox.cmic", "--port", "0", *arguments]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.popen.stdout is not None
        self.announced = self.popen.stdout.readline()
        self.url: str = json.loads(self.announced)["url"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        code = self.popen.wait(timeout=10)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return code


@contextmanager
def running(*arguments: str) -> Iterator[Process]:
    """A stand-in for the length of a block."""
    process = Process(*arguments)
    try:
        yield process
    finally:
        process.stop()


class Api:
    """One caller of one stand-in."""

    def __init__(self, url: str, auth: tuple[str, str] | None = BASIC) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, auth=auth, timeout=10)

    def close(self) -> None:
        self.client.close()

    def path(self, resource: str, key: str = "") -> str:
        application, root, version = {
            "scmast": ("pm-rest-api", "rest", "1"),
            "scsched": ("pm-rest-api", "rest", "1"),
            "pmproject": ("pm-rest-api", "rest", "1"),
            "pmcontracttype": ("pm-rest-api", "rest", "1"),
            "apvendor": ("ap-rest-api", "rest", "1"),
            "businesspartner": ("sys-rest-api", "rest", "1"),
            "weightmeasure": ("sys-rest-api", "rest", "1"),
            "glcompany": ("glrestapi", "rest", "v1"),
            "arcustomer": ("ar-rest-api", "rest", "1"),
            "postcm": ("cm-rest-api", "rest", "1"),
            **dict.fromkeys(PAYABLES, ("ap-rest-api", "rest", "1")),
            "cmmast": ("cm-rest-api", "rest", "1"),
            "cmdetail": ("cm-rest-api", "rest", "1"),
            "cmtype": ("cm-rest-api", "rest", "1"),
            "cmstatus": ("cm-rest-api", "rest", "1"),
            "jbcont": ("jb-rest-api", "rest", "1"),
            "jbcontdet": ("jb-rest-api", "rest", "1"),
        }.get(resource, ("jc-rest-api", "rest", "1"))
        return f"/cmictest/{application}/{root}/{version}/{resource}" + (f"/{key}" if key else "")

    def get(self, resource: str, key: str = "", framework: int | None = None, **parameters: Any) -> httpx.Response:
        headers = {"rest-framework-version": str(framework)} if framework else {}
        return self.client.get(self.path(resource, key), params=parameters, headers=headers)

    def items(self, resource: str, **parameters: Any) -> list[Row]:
        answer = self.get(resource, **parameters)
        assert answer.status_code == 200, answer.text
        items: list[Row] = answer.json()["items"]
        return items

    def post(self, resource: str, payload: Any, framework: int = 4, media: str = ITEM) -> httpx.Response:
        headers = {"content-type": media, "rest-framework-version": str(framework)}
        return self.client.post(self.path(resource), content=json.dumps(payload), headers=headers)

    def patch(self, resource: str, key: str, payload: Any, framework: int = 4) -> httpx.Response:
        headers = {"content-type": ITEM, "rest-framework-version": str(framework)}
        return self.client.patch(self.path(resource, key), content=json.dumps(payload), headers=headers)

    def batch(self, parts: Any, framework: int = 4, application: str = "pm-rest-api") -> httpx.Response:
        headers = {"content-type": BATCH, "rest-framework-version": str(framework)}
        return self.client.post(f"/cmictest/{application}/rest", content=json.dumps({"parts": parts}), headers=headers)

    def create(self, resource: str, payload: Any) -> Row:
        answer = self.post(resource, payload)
        assert answer.status_code == 201, answer.text
        row: Row = answer.json()
        return row

    def control(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        content = None if body is None else json.dumps(body)
        answer = self.client.request(method, f"/_sandbox/{path}", content=content)
        assert answer.status_code == status, answer.text
        return answer.json()

    def books(self, resource: str, **where: str) -> list[Row]:
        answer = self.client.get(f"/_sandbox/books/{resource}", params=where)
        rows: list[Row] = answer.json()["rows"]
        return rows

    def fault(self, kind: str, **filters: Any) -> int:
        fault_id: int = self.control("POST", "faults", {"kind": kind, **filters}, 201)["id"]
        return fault_id

    def settle(self) -> None:
        """Wait until no request is working on behind a cut connection."""
        deadline = time.monotonic() + 5
        while self.control("GET", "health")["pending"]:
            assert time.monotonic() < deadline, "late work did not end"
            time.sleep(0.01)


def header(contract: str = "SC-1", **changes: Any) -> Row:
    """A minimal subcontract header."""
    return {
        "ScmstCompCode": "01",
        "ScmstVenCode": "ACME01",
        "ScmstContCode": contract,
        "ScmstChgCode": "000",
        "ScmstJobCode": "1042",
        "ScmstCurrCode": "USD",
        "ScmstOverrideFlag": "Y",
        **changes,
    }


def line(contract: str = "SC-1", task: str = "1", **changes: Any) -> Row:
    """A minimal lump-sum line of a schedule of values."""
    return {
        "ScschCompCode": "01",
        "ScschVenCode": "ACME01",
        "ScschContCode": contract,
        "ScschChgCode": "000",
        "ScschTaskCode": task,
        "ScschJobCode": "1042",
        "ScschPhsCode": "03-100",
        "ScschCatCode": "S",
        "ScschWmCode": "$",
        "ScschAmt": 1000,
        "ScschVUuid": "",
        **changes,
    }


def pci(change_item: str = "EXT-1", **changes: Any) -> Row:
    """A minimal approved PCI of the internal type."""
    return {
        "CmmCompCode": "01",
        "CmmJobCode": "1042",
        "CmmCode": change_item,
        "CmmTypeCode": "INT",
        "CmmName": "Deeper footings",
        "CmmRefDate": "2026-05-04",
        "CmmPrepostStatCode": "APPROVED",
        "CmmCalcProjAmtMethod": "A",
        "CmmVUuid": "",
        **changes,
    }


def pci_line(change_item: str = "EXT-1", **changes: Any) -> Row:
    """A minimal line of a PCI."""
    return {
        "CmdCompCode": "01",
        "CmdMastJobCode": "1042",
        "CmdChgCode": change_item,
        "CmdJobCode": "1042",
        "CmdPhsCode": "03-100",
        "CmdCatCode": "S",
        "CmdBudgAmt": 1000,
        "CmdVUuid": "",
        **changes,
    }


def change_item(code: str = "EXT-1", **changes: Any) -> Row:
    """The control body that names a PCI."""
    return {"company": "01", "job": "1042", "change_item": code, **changes}


def voucher_line(oraseq: int, amount: float, held: float = 0, released: float = 0, **changes: Any) -> Row:
    """A line of a request for payment against a schedule of values row."""
    return {
        "VdistVouNum": -999999,
        "VdistTranScschOraseq": oraseq,
        "VdistTranScschLstAmt": amount,
        "VdistTranScschHldbkAmt": held,
        "VdistTranScschHldbkRlsAmt": released,
        **changes,
    }


def voucher(invoice: str, amount: float, *lines: Row, contract: str = "SC-1", **changes: Any) -> Row:
    """A request for payment."""
    return {
        "VouCompCode": "01",
        "VouJobCode": "1042",
        "VouVenCode": "ACME01",
        "VouContCode": contract,
        "VouChgCode": "000",
        "VouInvCode": invoice,
        "VouInvSeriesCode": "SUBS",
        "VouCurrCode": "USD",
        "VouNum": -999999,
        "VouInvAmt": amount,
        "VouInvDate": "2026-05-31",
        "VouDueDate": "2026-06-30",
        "VouPostDate": "2026-05-31",
        "VouBchPost": "N",
        "ApVoucherDetailViewObj": list(lines),
        **changes,
    }


def paying(invoice: str = "INV-1", **changes: Any) -> Row:
    """The control body that names a voucher."""
    return {"company": "01", "vendor": "ACME01", "invoice": invoice, **changes}


def part(part_id: str, resource: str, payload: Any, operation: str = "create", key: str = "") -> Row:
    """One part of a batch."""
    path = f"/1/{resource}" + (f"/{key}" if key else "")
    return {"id": part_id, "path": path, "operation": operation, "payload": payload}


def posting(contract: str = "SC-1", **changes: Any) -> Row:
    """The control body that names a subcontract."""
    return {"company": "01", "vendor": "ACME01", "contract": contract, **changes}


def details(answer: httpx.Response) -> list[dict[str, str]]:
    """The problems of a structured refusal."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["title"] == "Bad Request"
    assert body["status"] == "400"
    problems: list[dict[str, str]] = body["o:errorDetails"]
    return problems


def refused(answer: httpx.Response) -> str:
    """The one sentence of a structured refusal."""
    (problem,) = details(answer)
    return problem["detail"]
